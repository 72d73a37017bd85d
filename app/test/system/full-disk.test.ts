import { expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import type { Frame } from "../support/recording-sockets.ts";
import { ServerHome } from "../support/server-home.ts";
import { canMakeSmallDisk, makeSmallDisk } from "../support/small-disk.ts";
import { WsClient } from "../support/ws-client.ts";

// Processes start here, on machines that may be busy.
setDefaultTimeout(60_000);

const room = "room:full";

const send = (author: WsClient, number: number): Promise<Frame> =>
  author.ask("send_message", { room, content: `${number} ${"x".repeat(7900)}` }, `id-${number}`);

async function statusOf(home: ServerHome, path: string): Promise<[number, unknown]> {
  const response = await fetch(home.url + path);
  return [response.status, ((await response.json()) as { status: unknown }).status];
}

/** Sends until a message is refused. Resolves with its number. */
async function sendUntilRefused(author: WsClient, from: number): Promise<number> {
  for (let number = from; ; number += 1) {
    const { type, payload } = await send(author, number);
    if (type === "message_response") continue;
    expect(payload).toMatchObject({ code: "unavailable", retryable: true });
    return number;
  }
}

async function expectStored(home: ServerHome, member: WsClient, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  await eventually("every event", () => member.messages(room).length === count);
  expect(member.messages(room).map(({ payload }) => payload.seq)).toEqual(numbers);
  const reader = await WsClient.connect(`${home.url}/ws/chat`);
  const { events } = await reader.join(room, { epoch: "", seq: 0 });
  const contents = events.map(({ payload }) => (payload.message as { content: string }).content);
  expect(contents.map((content) => Number.parseInt(content, 10))).toEqual(numbers);
}

test.skipIf(!canMakeSmallDisk())(
  "on a full disk nothing is acked that is not stored, everything else works, and space ends it (needs root or gcc)",
  async () => {
    await using home = await ServerHome.create();
    await using disk = await makeSmallDisk(home.directory);
    const server = await home.start({ env: disk.env });
    const [author, member] = [
      await WsClient.connect(`${home.url}/ws/chat/author`),
      await WsClient.connect(`${home.url}/ws/chat/member`),
    ];
    await author.join(room);
    await member.join(room);
    await send(author, 1);

    await disk.fill();
    const refused = await sendUntilRefused(author, 2);
    await expectStored(home, member, refused - 1);
    expect((await send(author, refused)).payload.code).toBe("unavailable");
    expect((await author.ask("ping", {})).type).toBe("pong");
    expect(await home.metric("websocket_engine_up")).toBe(0);
    await eventually("unready", async () => (await statusOf(home, "/health/ready"))[0] === 503);
    expect(await statusOf(home, "/health/ready")).toEqual([503, "unavailable"]);
    expect(await statusOf(home, "/health")).toEqual([503, "unhealthy"]);
    expect(await statusOf(home, "/health/live")).toEqual([200, "live"]);

    await disk.free();
    await eventually("readiness", async () => (await statusOf(home, "/health/ready"))[0] === 200);
    expect(await home.metric("websocket_engine_up")).toBe(1);
    expect((await send(author, refused)).payload).toMatchObject({ seq: refused, duplicate: false });
    await expectStored(home, member, refused);
    expect(author.isClosed || member.isClosed).toBe(false);
    const changes = () => server.stdout.match(/engine\.(failed|recovered)/g)?.join();
    await eventually("one line for each change", () => changes() === "engine.failed,engine.recovered");
  },
);
