import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { ServerFrame } from "../support/frame-reader.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ServerHome } from "../support/server-home.ts";

// Processes start here, on machines that may be busy.
setDefaultTimeout(60_000);

interface Client {
  readonly peer: RawPeer;
  /** What it got, as it stood on the wire. */
  readonly wire: readonly ServerFrame[];
}

const threshold = 1024;
const room = "room:compression";
const offer = { "sec-websocket-extensions": "permessage-deflate; client_max_window_bits" };
const agreement = /^sec-websocket-extensions: permessage-deflate/im;

let home: ServerHome;
beforeAll(async () => {
  home = await ServerHome.create();
  await home.start({ env: { COMPRESSION_THRESHOLD_BYTES: `${threshold}` } });
});
afterAll(() => home[Symbol.asyncDispose]());

async function connect(headers: Record<string, string>, url = home.url): Promise<Client> {
  const wire: ServerFrame[] = [];
  const peer = await RawPeer.open(url, { headers, onFrame: (frame) => wire.push(frame) });
  return { peer, wire };
}

async function frameWith({ peer, wire }: Client, text: string): Promise<ServerFrame> {
  const find = () => wire.find(({ payload }) => payload.includes(text));
  await peer.until(`a frame with ${text.slice(0, 30)}`, () => find() !== undefined);
  return find() as ServerFrame;
}

/** Has a content echoed that makes the answer as long as that. */
async function echoOf(client: Client, frameChars: number): Promise<ServerFrame> {
  const id = `echo-${frameChars}`;
  const envelope = JSON.stringify({ type: "message_response", id, payload: { content: "", count: 1 } });
  client.peer.send({ type: "message", id, payload: { content: "a".repeat(frameChars - envelope.length) } });
  const frame = await frameWith(client, `"id":"${id}"`);
  expect(frame.payload.toString()).toHaveLength(frameChars);
  return frame;
}

async function join(client: Client): Promise<Client> {
  client.peer.send({ type: "join", id: "join", payload: { rooms: [{ room }] } });
  await client.peer.answer("join");
  return client;
}

describe("for a client that offered permessage-deflate", () => {
  test("an answer is compressed from the threshold on", async () => {
    const client = await connect(offer);
    expect(client.peer.handshake).toMatch(agreement);
    expect((await echoOf(client, threshold - 1)).isCompressed).toBe(false);
    const compressed = await echoOf(client, threshold);
    expect(compressed.isCompressed).toBe(true);
    expect(compressed.wireBytes).toBeLessThan(threshold / 4);
  });

  test("each frame can be read without those before it", async () => {
    const client = await connect(offer);
    for (const chars of [2000, 3000, 4000]) expect((await echoOf(client, chars)).isCompressed).toBe(true);
  });
});

test("a client that did not offer it never gets a compressed frame", async () => {
  const client = await connect({});
  expect(client.peer.handshake).not.toMatch(agreement);
  await echoOf(client, 10 * threshold);
  expect(client.wire.map(({ isCompressed }) => isCompressed)).toEqual([false, false]);
});

const events: [what: string, content: string, isCompressed: boolean][] = [
  ["short", "short", false],
  ["long", "long ".repeat(threshold), true],
];
test.each(events)("members get a %s event each as they offered", async (_what, content, isCompressed) => {
  const members = [await join(await connect(offer)), await join(await connect({}))];
  const author = await join(await connect({}));
  author.peer.send({ type: "send_message", payload: { room, content } });
  const frames = await Promise.all(members.map((member) => frameWith(member, `"content":"${content}"`)));
  expect(frames.map((frame) => frame.isCompressed)).toEqual([isCompressed, false]);
});

test("COMPRESSION_THRESHOLD_BYTES=0 negotiates none", async () => {
  await using plain = await ServerHome.create();
  await plain.start({ env: { COMPRESSION_THRESHOLD_BYTES: "0" } });
  const client = await connect(offer, plain.url);
  expect(client.peer.handshake).not.toMatch(agreement);
  expect((await echoOf(client, 10 * threshold)).isCompressed).toBe(false);
});
