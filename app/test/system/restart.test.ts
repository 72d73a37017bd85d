import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Frame } from "../support/recording-sockets.ts";
import { ServerHome } from "../support/server-home.ts";
import { WsClient } from "../support/ws-client.ts";

// Processes start here, on machines that may be busy.
setDefaultTimeout(60_000);

const room = "room:restart";

const connect = (home: ServerHome): Promise<WsClient> => WsClient.connect(`${home.url}/ws/chat/author`);
const send = (client: WsClient, content: string): Promise<Frame> =>
  client.ask("send_message", { room, content }, `id-${content}`);

async function contentsOf(client: WsClient): Promise<unknown[]> {
  const { payload } = await client.ask("history", { room });
  return (payload.messages as { seq: number; content: string }[]).map(({ seq, content }) => [seq, content]);
}

test("what was acked survives a kill in the moment of the ack, every time", async () => {
  await using home = await ServerHome.create();
  const expected: unknown[] = [];
  for (const round of [1, 2, 3, 4, 5]) {
    const server = await home.start();
    const client = await connect(home);
    expect(await contentsOf(client)).toEqual(expected);
    await client.join(room);
    const { payload } = await send(client, `${round}`);
    await server.kill();
    expect(payload).toMatchObject({ seq: round, duplicate: false });
    expected.push([round, `${round}`]);
  }
});

describe("after a kill and a restart", () => {
  let home: ServerHome;
  let before: { userId: unknown; epoch: string; acks: Frame["payload"][] };

  beforeAll(async () => {
    home = await ServerHome.create();
    const server = await home.start();
    const client = await connect(home);
    await client.join(room);
    const acks = [];
    for (const content of ["a", "b", "c"]) acks.push((await send(client, content)).payload);
    const { userId } = (await client.event("connection_established")).payload;
    before = { userId, epoch: String(acks[0]?.epoch), acks };
    await server.kill();
    await home.start();
  });
  afterAll(() => home[Symbol.asyncDispose]());

  test("a repeated command gets the answer of that time", async () => {
    const client = await connect(home);
    await client.join(room);
    const { payload } = await send(client, "b");
    expect(payload).toEqual({ ...before.acks[1], duplicate: true });
    await client.close();
  });

  test("another command under the same id is refused", async () => {
    const client = await connect(home);
    await client.join(room);
    const { payload } = await client.ask("send_message", { room, content: "other" }, "id-b");
    expect(payload.code).toBe("id_conflict");
    await client.close();
  });

  test("a guest is who they were", async () => {
    const client = await connect(home);
    expect((await client.event("connection_established")).payload.userId).toBe(before.userId);
    await client.close();
  });

  test("a position is replayed from, exactly", async () => {
    const client = await connect(home);
    const answer = await client.join(room, { epoch: before.epoch, seq: 1 });
    expect(answer).toMatchObject({ ok: true, recovered: true, epoch: before.epoch, seq: 3 });
    expect(answer.events.map(({ payload }) => payload.seq)).toEqual([2, 3]);
    await client.close();
  });

  test("a position at the head has nothing to replay", async () => {
    const client = await connect(home);
    const answer = await client.join(room, { epoch: before.epoch, seq: 3 });
    expect(answer).toMatchObject({ recovered: true, seq: 3, events: [] });
    await client.close();
  });

  const voidPositions: [what: string, position: () => { epoch: string; seq: number }][] = [
    ["in the future", () => ({ epoch: before.epoch, seq: 4 })],
    ["of another epoch", () => ({ epoch: "another", seq: 2 })],
  ];
  test.each(voidPositions)("a position %s gets the newest messages instead", async (_what, position) => {
    const client = await connect(home);
    const answer = await client.join(room, position());
    expect(answer).toMatchObject({
      ok: true,
      recovered: false,
      reason: "epoch",
      epoch: before.epoch,
      seq: 3,
    });
    expect(answer.messages.map(({ content }) => content)).toEqual(["a", "b", "c"]);
    await client.close();
  });

  test("the log goes on where it was", async () => {
    const client = await connect(home);
    await client.join(room, { epoch: before.epoch, seq: 3 });
    expect((await send(client, "d")).payload).toMatchObject({
      epoch: before.epoch,
      seq: 4,
      duplicate: false,
    });
    await client.close();
  });
});
