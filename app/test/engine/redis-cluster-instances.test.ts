import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { RedisClusterServers } from "../support/redis-cluster-servers.ts";
import { hasRedis, type RedisServer } from "../support/redis-server.ts";
import { claim, elsewhere, InstancesWorld, moves, sessionsOf, take, userOf, yes } from "./instances-world.ts";
import { RedisInstancesStore } from "./redis-instances-store.ts";

setDefaultTimeout(90_000);

const patient = { withinMs: 30_000 };
const orNothing = async <T>(answer: Promise<readonly T[]>): Promise<readonly T[]> => answer.catch(() => []);

describe.skipIf(!hasRedis)("instances on a cluster (needs redis-server)", () => {
  async function start() {
    const cluster = await RedisClusterServers.start();
    const store = new RedisInstancesStore(cluster);
    const world = new InstancesWorld();
    await world.begin(store, ["a", "b"]);
    const [a, b] = world.instances;
    const end = async () => {
      await world.end();
      await cluster[Symbol.asyncDispose]();
    };
    const placeOf = (key: string) => cluster.masterOf(`${store.prefix}:1:${key}`);
    const leases = await placeOf("{instances}:leases");
    const isElsewhere = async (key: string) => (await placeOf(key)) !== leases;
    return { cluster, a, b, placeOf, isElsewhere, leases, [Symbol.asyncDispose]: end };
  }
  type Started = Awaited<ReturnType<typeof start>>;

  /** The first of such names whose key is not where the leases are, or there where it is to be. */
  async function named(
    name: string,
    keyOf: (name: string) => string,
    { isElsewhere }: Pick<Started, "isElsewhere">,
  ) {
    for (let count = 0; ; count += 1) if (await isElsewhere(keyOf(name + count))) return name + count;
  }

  const presenceOf = (room: string) => `{${room.length}:${room}}:presence`;

  test("what a node has forgotten beside the leases is said again", async () => {
    await using started = await start();
    const { a, b, placeOf } = started;
    const room = await named("room:", presenceOf, started);
    const userId = await named("user-", (name) => `sessions-of:${name}`, started);
    a.engine.others.setPresence(room, userOf("ann"), 1);
    expect(await take(a, claim("s", { userId }))).toEqual(yes(1));
    await eventually("its user", async () => (await elsewhere(b, room)).length === 1, patient);
    const nodes = new Set([await placeOf(presenceOf(room)), await placeOf(`sessions-of:${userId}`)]);
    for (const node of nodes) await forget(node, started);
    const isPresent = async () => (await orNothing(elsewhere(b, room))).includes(`${room} ann 1`);
    await eventually("its user again", isPresent, patient);
    await eventually("its session", async () => (await orNothing(sessionsOf(b, userId)))[0] === 1, patient);
    expect(await moves(b)).toEqual([]);
  });

  /** As a replica that lacked everything would take over. */
  async function forget(node: RedisServer, { b }: Started): Promise<void> {
    await node.lose();
    const areAll = () => b.engine.connections?.publisherConnected === true;
    await eventually("it is back", areAll, patient);
  }

  test("what went with a node whose slots others were given is said again", async () => {
    await using started = await start();
    const { a, b, cluster, placeOf } = started;
    const [heir, dying] = cluster.masters as [RedisServer, RedisServer];
    const isThere = async (key: string) => (await placeOf(key)) === dying;
    const room = await named("room:", presenceOf, { isElsewhere: isThere });
    a.engine.others.setPresence(room, userOf("ann"), 1);
    await eventually("its user", async () => (await elsewhere(b, room)).length === 1, patient);
    await cluster.giveUp(dying, heir);
    const isPresent = async () => (await orNothing(elsewhere(b, room))).includes(`${room} ann 1`);
    await eventually("its user again", isPresent, patient);
  });

  test("while the node of the leases is away nobody is let in, nobody leaves, and all are back with it", async () => {
    await using started = await start();
    const { a, b, leases } = started;
    const room = await named("room:", presenceOf, started);
    await b.engine.subscribe(room);
    a.engine.others.setPresence(room, userOf("ann"), 1);
    await eventually("news", () => b.told.length === 1, patient);
    await leases.kill();
    await eventually("no lease", async () => !(await take(a, claim("s"))).ok, patient);
    await expect(a.engine.probe()).rejects.toThrow();
    await leases.start();
    await eventually("a lease", async () => (await take(a, claim("s"))).ok, patient);
    await eventually(
      "it is whole",
      () =>
        a.engine.probe().then(
          () => true,
          () => false,
        ),
      patient,
    );
    const isPresent = async () => (await orNothing(elsewhere(b, room))).includes(`${room} ann 1`);
    await eventually("its user", isPresent, patient);
    expect(b.told.filter((told) => told.endsWith("null"))).toEqual([]);
  });
});
