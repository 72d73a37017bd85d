import { expect, setDefaultTimeout, test } from "bun:test";
import { opcodes } from "../support/encode-frame.ts";
import type { ServerFrame } from "../support/frame-reader.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ServerHome } from "../support/server-home.ts";
import { WsClient } from "../support/ws-client.ts";

// Processes start here, on machines that may be busy.
setDefaultTimeout(60_000);

const heartbeatMs = 300;
const idleGoodbye = { reason: "idle_timeout", closesInMs: 0, reconnect: true };

/** What a frame is, for a list of what came in which order. */
function nameOf({ opcode, payload }: ServerFrame): string {
  if (opcode === opcodes.text) return JSON.parse(payload.toString()).type;
  return opcode === opcodes.close ? `close ${payload.readUInt16BE(0)}` : "ping";
}

test("a listener that never says anything stays as long as it answers pings", async () => {
  await using home = await ServerHome.create();
  await home.start({
    env: { HEARTBEAT_INTERVAL: `${heartbeatMs}`, CONNECTION_TIMEOUT: `${3 * heartbeatMs}` },
  });
  const listener = await RawPeer.open(home.url);
  await listener.until("ten heartbeats", () => listener.frames.length === 10);
  expect(new Set(listener.frames.map(({ type }) => type))).toEqual(new Set(["heartbeat"]));
  expect(listener.closeCode).toBeNull();
});

test("a peer that does not answer its ping is closed when the next is due", async () => {
  await using home = await ServerHome.create();
  await home.start({ env: { HEARTBEAT_INTERVAL: `${heartbeatMs}` } });
  const names: string[] = [];
  const onFrame = (frame: ServerFrame) => names.push(nameOf(frame));
  const dead = await RawPeer.open(home.url, { answersPings: false, onFrame });
  expect(await dead.closed()).toBe(4000);
  expect(names).toEqual(["connection_established", "heartbeat", "ping", "goodbye", "close 4000"]);
  expect(dead.frames.at(-1)?.payload).toEqual(idleGoodbye);
  expect(await home.metric('websocket_disconnects_total{code="4000"}')).toBe(1);
});

test("a peer that is gone without a word is closed too", async () => {
  await using home = await ServerHome.create();
  await home.start({ env: { HEARTBEAT_INTERVAL: `${heartbeatMs}` } });
  const deaf = await RawPeer.open(home.url, { answersPings: false });
  deaf.pause();
  await deaf.until("a close", async () => (await home.metric("websocket_connections_total")) === 0);
  expect(await home.metric('websocket_disconnects_total{code="4000"}')).toBe(1);
});

test("without heartbeats a client may be silent for CONNECTION_TIMEOUT", async () => {
  await using home = await ServerHome.create();
  await home.start({ env: { HEARTBEAT_INTERVAL: "0", CONNECTION_TIMEOUT: "500" } });
  const [silent, busy] = [
    await WsClient.connect(`${home.url}/ws/chat/silent`),
    await WsClient.connect(`${home.url}/ws/chat/busy`),
  ];
  while (!silent.isClosed) await busy.ask("message", { content: "x" });
  expect(await silent.closed()).toBe(4000);
  expect((await silent.event("goodbye")).payload).toEqual(idleGoodbye);
  await busy.ask("ping", {});
});
