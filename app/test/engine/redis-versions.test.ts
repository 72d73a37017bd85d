import { describe, expect, test } from "bun:test";
import { encodeStoredEvent } from "../../src/chat/event-frames.ts";
import { hasRedis } from "../support/redis-server.ts";
import { aPublish } from "./a-publish.ts";
import { page, room, start, wide } from "./engine-world.ts";
import { type OpenEngine, RedisWorld } from "./redis-world.ts";
import { until } from "./until.ts";

const of = `test:1:{${room.length}:${room}}:`;
const rest = JSON.stringify({ question: "Which?", options: ["a", "b"] });

/** An instance of a later version: its envelopes have more than this one knows of, and say so. */
async function publishNewer({ server }: RedisWorld, kind: string): Promise<number> {
  const seq = Number(await server.ask("HINCRBY", `${of}meta`, "seq", 1));
  const epoch = await server.ask("HGET", `${of}meta`, "epoch");
  const origin = { v: 2, instance: "newer", socket: 3, commandId: "c1", rest, shard: 7 };
  const entry = ["k", kind, "m", "m1", "a", "u2", "t", 1, "e", JSON.stringify(origin), "s", "more"];
  await server.ask("XADD", `${of}log`, `${seq}-0`, ...entry);
  const event = { ...origin, kind, messageId: "m1", messageAuthorId: null, authorId: "u2", createdAt: 1 };
  const text = { authorName: "", authorImage: null, content: null, metaJson: null, isEdited: false };
  const lines = [`2 ${epoch} ${seq} more`, JSON.stringify({ ...event, ...text }), "", "more"];
  await server.ask("PUBLISH", `${of}bus`, lines.join("\n"));
  return seq;
}

async function worldWithNewer(): Promise<{ world: RedisWorld; open: OpenEngine }> {
  const world = await RedisWorld.start();
  const open = await world.open("i1");
  await open.engine.subscribe(room);
  await open.engine.publish(aPublish());
  return { world, open };
}

describe.skipIf(!hasRedis)("an instance of a later version on the same Redis (needs redis-server)", () => {
  test("is heard, and its kinds are delivered as they are", async () => {
    const { world, open } = await worldWithNewer();
    await using _ = world;
    await publishNewer(world, "poll");
    await open.engine.publish(aPublish());
    await until(() => open.heard.length === 3, "all are heard");
    const [, event] = open.heard;
    expect(event).toMatchObject({
      v: 2,
      seq: 2,
      kind: "poll",
      instance: "newer",
      socket: 3,
      commandId: "c1",
      rest,
    });
    const { payload } = JSON.parse(encodeStoredEvent(room, event as (typeof open.heard)[number]));
    expect(payload).toMatchObject({ room, seq: 2, question: "Which?", options: ["a", "b"] });
    expect(payload).not.toContainKeys(["shard", "v"]);
    expect(open.warnings).toEqual([]);
  });

  test("leaves a log that is read as it was heard", async () => {
    const { world, open } = await worldWithNewer();
    await using _ = world;
    await publishNewer(world, "poll");
    await until(() => open.heard.length === 2, "it is heard");
    const replay = await open.engine.replay(room, start, wide);
    const event = replay.recovered ? replay.events[1] : null;
    const { shard: _shard, ...heard } = open.heard[1] as (typeof open.heard)[number] & { shard: number };
    expect(event).toEqual(heard);
    expect((await open.engine.history(room, page)).messages).toHaveLength(1);
  });

  test("and whose messages are not understood loses nothing: the next one shows the hole", async () => {
    const { world, open } = await worldWithNewer();
    await using _ = world;
    for (const text of ["", "2", "3\nwhatever", "1 E x\n{}", "2 E 9\n{", "1 E 9 2\n{}\n"])
      await world.server.ask("PUBLISH", `${of}bus`, text);
    await publishNewer(world, "poll");
    await until(() => open.heard.length === 2, "the next is heard");
    expect(open.heard.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(open.warnings).toEqual(["a message on the bus cannot be read"]);
  });

  test("keeps to keys of its own where they are laid out otherwise", async () => {
    const { world, open } = await worldWithNewer();
    await using _ = world;
    await world.server.ask("HSET", `${of.replace(":1:", ":2:")}meta`, "epoch", "E2", "seq", 100);
    expect(await open.engine.head(room)).toMatchObject({ seq: 1 });
  });
});
