import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { FaultyDisk } from "../support/faulty-disk.ts";
import { ServerHome } from "../support/server-home.ts";
import { WsClient } from "../support/ws-client.ts";

// Processes start here, on machines that may be busy.
setDefaultTimeout(60_000);

const room = "room:disk";
const commits = 'websocket_engine_operation_seconds_count{operation="commit"}';
const received = 'websocket_messages_total{direction="received",type="send_message"}';

const join = async (home: ServerHome, id: string): Promise<WsClient> => {
  const client = await WsClient.connect(`${home.url}/ws/chat/${id}`);
  await client.join(room);
  return client;
};

describe.skipIf(!Bun.which("gcc"))("while the disk does not finish a commit (needs gcc)", () => {
  test("everybody else is served, nobody sees the message, and the ack comes after it", async () => {
    await using home = await ServerHome.create();
    const disk = await FaultyDisk.build(home.directory);
    await home.start({ env: disk.env });
    const [author, member] = [await join(home, "author"), await join(home, "member")];

    await disk.begin("stuck");
    const acked = author.ask("send_message", { room, content: "slow" }, "slow");
    for (let round = 0; round < 50; round += 1) await member.ask("ping", {});
    const newcomer = await join(home, "newcomer");
    expect((await newcomer.ask("history", { room })).payload.messages).toEqual([]);
    expect((await fetch(`${home.url}/health/live`)).status).toBe(200);
    expect(author.frames.filter(({ id }) => id === "slow")).toEqual([]);
    expect(member.messages(room)).toEqual([]);

    await disk.end("stuck");
    expect((await acked).payload).toMatchObject({ seq: 1, duplicate: false });
    await member.event("chat_message");
    await newcomer.event("chat_message");
  });

  test("what gathers meanwhile shares one commit", async () => {
    await using home = await ServerHome.create();
    const disk = await FaultyDisk.build(home.directory);
    await home.start({ env: disk.env });
    const authors = await Promise.all(
      Array.from({ length: 10 }, (_, index) => join(home, `author-${index}`)),
    );
    const before = (await home.metric(commits)) ?? 0;

    await disk.begin("stuck");
    const acks = authors.flatMap((author) =>
      Array.from({ length: 10 }, () => author.ask("send_message", { room, content: "together" })),
    );
    await eventually("all commands are read", async () => (await home.metric(received)) === acks.length);
    await disk.end("stuck");
    const seqs = (await Promise.all(acks)).map(({ payload }) => Number(payload.seq));
    expect(seqs.sort((one, other) => one - other)).toEqual(seqs.map((_, index) => index + 1));
    expect(((await home.metric(commits)) ?? 0) - before).toBeLessThanOrEqual(2);
  });

  test("the ack waits for the disk, however long it takes", async () => {
    await using home = await ServerHome.create();
    const disk = await FaultyDisk.build(home.directory);
    await home.start({ env: disk.env });
    const author = await join(home, "author");
    await disk.begin("slow");
    const startedAt = performance.now();
    await author.ask("send_message", { room, content: "slow" });
    expect(performance.now() - startedAt).toBeGreaterThan(290);
  });
});
