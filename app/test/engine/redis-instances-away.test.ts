import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import { claim, elsewhere, InstancesWorld, no, sessionsOf, take, userOf } from "./instances-world.ts";
import { leaseTimes, RedisInstancesStore } from "./redis-instances-store.ts";
import { until } from "./until.ts";

setDefaultTimeout(30_000);

const room = "room:x";
const [ann, ben, cy] = [userOf("ann"), userOf("ben"), userOf("cy")];
const limited = { address: "192.0.2.1", addressSessionsMax: 9 };

const isRead = (told: string) => told.startsWith(`${room} read`);

describe.skipIf(!hasRedis)("instances whose Redis fails (needs redis-server)", () => {
  const slow = { leaseTimes: { ...leaseTimes, lease: 60_000 } };

  async function start() {
    const server = await RedisServer.start();
    const store = new RedisInstancesStore(server);
    const world = new InstancesWorld();
    await world.begin(store, ["a", "b", "c"]);
    const [a, b, c] = world.instances;
    await b.engine.subscribe(room);
    a.engine.others.setPresence(room, ann, 1);
    await take(a, claim("s"));
    await until(() => b.told.length === 1, "news");
    const end = async () => {
      await world.end();
      await server[Symbol.asyncDispose]();
    };
    return { server, store, world, a, b, c, [Symbol.asyncDispose]: end };
  }

  const absences: [what: string, absence: (server: RedisServer) => unknown][] = [
    ["comes back empty", (server) => server.lose()],
    ["forgets everything", (server) => server.ask("FLUSHALL")],
    [
      "is silent for longer than a lease",
      async (server) => {
        await server.ask("CLIENT", "PAUSE", leaseTimes.lease * 1.5, "ALL");
        await server.ask("PING");
      },
    ],
  ];
  test.each(absences)("which %s: nobody is gone before they are back", async (_, absence) => {
    await using failing = await start();
    const { server, a, b, c } = failing;
    await absence(server);
    await until(async () => (await sessionsOf(c, "alice").catch(() => [0]))[0] === 1, "the session");
    await until(
      async () => (await elsewhere(c, room).catch(() => [""])).includes(`${room} ann 1`),
      "its user",
    );
    await until(() => b.tellers.length > 1 || b.told.some(isRead), "news");
    expect(b.gone).toEqual([]);
    await until(async () => (await take(b, claim("s"))).ok, "another claim of it");
    await until(() => b.gone.includes(b.tellers[0] ?? ""), "the end of the former lease");
    a.engine.others.setPresence(room, ann, 2);
    await until(async () => (await elsewhere(c, room)).includes(`${room} ann 2`), "later news");
  });

  test("to whom nobody answers: claims are unavailable within a second, and undone", async () => {
    await using failing = await start();
    const { server, store, world, b } = failing;
    const d = await world.join("d", await store.open("d", slow));
    await take(d, claim("kept", limited));
    await take(d, claim("let-go", limited));
    d.engine.others.setPresence(room, ben, 1);
    d.engine.others.setPresence(room, cy, 1);
    await until(async () => (await elsewhere(b, room)).length === 3, "all");
    server.freeze();
    const startedAt = performance.now();
    const claims = [claim("new", limited), claim("kept", limited)].map((each) => take(d, each));
    const asked = d.engine.others.claimSession(claim("new"), true);
    d.engine.others.releaseSession("let-go", 1, 0);
    d.engine.others.setPresence(room, ben, null);
    d.engine.others.setPresence(room, cy, 4);
    expect(await Promise.all([...claims, asked])).toEqual([
      no("unavailable"),
      no("unavailable"),
      no("unavailable"),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(1950);
    d.engine.others.tellTyping(room, ben, true);
    server.thaw();
    await until(
      async () => (await elsewhere(b, room).catch(() => [""])).includes(`${room} cy 4`),
      "who is there",
    );
    await until(async () => (await sessionsOf(b, "alice")).join() === "2", "two sessions");
    const lease = (await store.leasesOf("d"))[0] ?? "";
    const kept = [`${lease}kept`];
    const atAddress = `${store.prefix}:1:sessions-at:${limited.address}`;
    await until(
      async () => (await store.redis.hkeys(atAddress)).join() === kept.join(),
      "one at the address",
    );
    expect(await elsewhere(b, room)).not.toContain(`${room} ben 1`);
    const index = await store.redis.smembers(`${store.prefix}:1:lease:${lease}:sessions`);
    expect(index).toEqual(["kept"]);
  });
});
