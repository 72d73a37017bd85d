import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Engine } from "../../src/chat/engine.ts";
import { eventually } from "../support/eventually.ts";
import { RedisClusterServers } from "../support/redis-cluster-servers.ts";
import { hasRedis, type RedisServer } from "../support/redis-server.ts";
import { aPublish } from "./a-publish.ts";
import { room, start, wide } from "./engine-world.ts";
import { type OpenEngine, RedisWorld } from "./redis-world.ts";

setDefaultTimeout(90_000);

const metaOf = (name: string): string => `test:1:{${name.length}:${name}}:meta`;
const patient = { withinMs: 30_000 };

/** Publishes one after the other, each until it is stored, and says which. */
async function keepPublishing(engine: Engine, name: string, isOver: () => boolean): Promise<number[]> {
  const seqs: number[] = [];
  for (let count = 0; !isOver(); count += 1) {
    const publish = aPublish({ room: name, commandId: `c${count}`, messageId: Bun.randomUUIDv7() });
    const stored = await storedAt(engine, publish);
    seqs.push(stored);
  }
  return seqs;
}

async function storedAt(engine: Engine, publish: ReturnType<typeof aPublish>): Promise<number> {
  for (;;) {
    const result = await engine.publish(publish);
    if (result.ok) return result.seq;
    if (result.code !== "unavailable") throw new Error(result.code);
    await Bun.sleep(20);
  }
}

/** Resolves when a replica has all that the master of a room holds. */
async function copied(master: RedisServer, name: string): Promise<void> {
  await master.ask("SET", `{${name.length}:${name}}`, 1);
  await master.ask("WAIT", 1, 10_000);
}

const isStored = async (engine: Engine) => (await engine.publish(aPublish())).ok;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe.skipIf(!hasRedis)("a cluster (needs redis-server)", () => {
  let cluster: RedisClusterServers;
  let world: RedisWorld<RedisClusterServers>;
  let open: OpenEngine;
  beforeEach(async () => {
    cluster = await RedisClusterServers.start();
    world = new RedisWorld(cluster);
    open = await world.open("i1");
  });
  afterEach(() => world[Symbol.asyncDispose]());

  /** A room of the master at this place, besides `room`. */
  async function roomAt(server: RedisServer): Promise<string> {
    for (let count = 0; ; count += 1)
      if ((await cluster.masterOf(metaOf(`room:at-${count}`))) === server) return `room:at-${count}`;
  }

  async function sidesOf(name: string): Promise<[from: RedisServer, to: RedisServer]> {
    const from = await cluster.masterOf(metaOf(name));
    return [from, cluster.masters.find((server) => server !== from) as RedisServer];
  }

  test("says of each node how it is connected, and hears itself through each", async () => {
    await open.engine.probe();
    const { nodes = [], ...all } = open.engine.connections ?? {};
    expect(all).toEqual({ publisherConnected: true, subscriberConnected: true, subscribedChannels: 0 });
    const connected = { publisherConnected: true, subscriberConnected: true };
    expect(nodes.map(({ address }) => address).toSorted()).toEqual(
      cluster.masters.map(({ port }) => `127.0.0.1:${port}`).toSorted(),
    );
    for (const node of nodes) expect(node).toMatchObject(connected);
  });

  test("promises with `aof` only what all of its masters keep", async () => {
    for (const [index, master] of cluster.masters.entries()) {
      await expect(world.open(`refused-${index}`, { ack: "aof" })).rejects.toThrow("REDIS_ACK=aof");
      for (const [name, value] of [
        ["appendonly", "yes"],
        ["appendfsync", "always"],
      ] as const)
        await master.ask("CONFIG", "SET", name, value);
    }
    const durable = await world.open("durable", { ack: "aof" });
    expect((await durable.engine.publish(aPublish())).ok).toBe(true);
  });

  test("a slot moves under its room: nothing is lost or doubled, nobody is reset, the bus goes on", async () => {
    const { engine, heard } = open;
    await engine.subscribe(room);
    const slot = await cluster.slotOf(metaOf(room));
    const [from, to] = await sidesOf(room);
    let isOver = false;
    const published = keepPublishing(engine, room, () => isOver);
    await eventually("some are stored", () => heard.length > 50, patient);
    const before = await engine.head(room);
    for (const [source, target] of [
      [from, to],
      [to, from],
      [from, to],
    ] as const) {
      await cluster.move(slot, source, target);
      const { seq } = await engine.head(room);
      await eventually("it goes on", () => heard.some((event) => event.seq > seq + 50), patient);
    }
    isOver = true;
    const seqs = await published;
    expect(seqs).toEqual(upTo(seqs.length));
    const replay = await engine.replay(room, before, { ...wide, replayMax: 10_000 });
    expect([replay.recovered, replay.epoch === before.epoch]).toEqual([true, false]);
    expect((await engine.replay(room, start, wide)).recovered).toBe(true);
  });

  test("a slot that was elsewhere for a moment, unseen, is listened to again", async () => {
    const { engine, heard } = open;
    await engine.subscribe(room);
    const slot = await cluster.slotOf(metaOf(room));
    const [from, to] = await sidesOf(room);
    await cluster.move(slot, from, to);
    await cluster.move(slot, to, from);
    await eventually("it is heard", async () => (await isStored(engine)) && heard.length > 0, patient);
  });

  test("what is half moved waits, is refused in time, and is stored once", async () => {
    const { engine } = open;
    const changes = { emoji: "👍", action: "add" } as const;
    const made = aPublish();
    await engine.publish(made);
    await engine.publish(aPublish());
    const slot = await cluster.slotOf(metaOf(room));
    const [from, to] = await sidesOf(room);
    const reaction = aPublish({
      kind: "reaction",
      messageId: made.messageId,
      reaction: changes,
      commandId: "r",
    });
    const others = [aPublish({ commandId: "p" }), reaction, aPublish({ commandId: null })];
    await cluster.move(slot, from, to, async () => {
      const startedAt = performance.now();
      const results = await Promise.all(others.map((publish) => engine.publish(publish)));
      expect(results).toEqual(others.map(() => ({ ok: false, code: "unavailable" })));
      expect(performance.now() - startedAt).toBeGreaterThan(500);
    });
    for (const publish of others) await storedAt(engine, publish);
    const history = await engine.history(room, {
      before: null,
      limit: 10,
      textUnitsMax: 1e6,
      viewerId: "",
      hidden: [],
    });
    expect(history.seq).toBe(5);
    expect(history.messages.map(({ reactions }) => reactions.length)).toEqual([1, 0, 0, 0]);
  });

  test("a node dies that holds neither leases nor memberships: the engine is well, that node is not", async () => {
    const { engine, faults } = open;
    const [, dying] = cluster.masters as [RedisServer, RedisServer];
    await dying.kill();
    const isCut = () => engine.connections?.nodes?.some((node) => !node.subscriberConnected) === true;
    await eventually("the node is missed", isCut, patient);
    await engine.probe();
    expect(engine.connections?.nodes?.filter((node) => !node.publisherConnected)).toMatchObject([
      { address: `127.0.0.1:${dying.port}` },
    ]);
    expect([engine.connections?.publisherConnected, faults]).toEqual([false, []]);
    expect(open.warnings.filter((warning) => warning.includes("cannot be used"))).toHaveLength(1);
  });

  test("a master dies: its rooms are unavailable until the replica takes over, the others go on", async () => {
    const { engine, heard } = open;
    const [, other, dying] = cluster.masters as [RedisServer, RedisServer, RedisServer];
    const [lost, kept] = [await roomAt(dying), await roomAt(other)];
    for (const name of [lost, kept]) await engine.subscribe(name);
    await storedAt(engine, aPublish({ room: lost }));
    const before = await engine.head(lost);
    await copied(dying, lost);
    await dying.kill();
    expect(await engine.publish(aPublish({ room: lost }))).toEqual({ ok: false, code: "unavailable" });
    const startedAt = performance.now();
    expect((await engine.publish(aPublish({ room: kept }))).ok).toBe(true);
    const heads = await engine.heads?.([lost, kept]);
    expect(heads?.map((head) => head?.seq)).toEqual([undefined, 1]);
    expect(performance.now() - startedAt).toBeLessThan(1950);
    expect(await storedAt(engine, aPublish({ room: lost }))).toBe(before.seq + 1);
    const replay = await engine.replay(lost, before, wide);
    expect([replay.recovered, replay.epoch === before.epoch]).toEqual([true, false]);
    await eventually(
      "it is heard",
      () => heard.filter(({ epoch }) => epoch === replay.epoch).length > 0,
      patient,
    );
    const isWhole = async () =>
      engine.probe().then(
        () => engine.connections?.publisherConnected === true,
        () => false,
      );
    await eventually("it is whole", isWhole, patient);
    const addresses = engine.connections?.nodes?.map(({ address }) => address);
    expect([addresses?.length, addresses?.includes(`127.0.0.1:${cluster.replica.port}`)]).toEqual([3, true]);
  });
});
