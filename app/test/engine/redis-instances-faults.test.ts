import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import {
  claim,
  elsewhere,
  type Instance,
  InstancesWorld,
  sessionsOf,
  take,
  userOf,
  yes,
} from "./instances-world.ts";
import { leaseTimes, RedisInstancesStore } from "./redis-instances-store.ts";
import { until } from "./until.ts";

setDefaultTimeout(30_000);

const room = "room:x";
const [ann, ben, cy] = [userOf("ann"), userOf("ben"), userOf("cy")];
const limited = { address: "192.0.2.1", addressSessionsMax: 9 };

let server: RedisServer;
let store: RedisInstancesStore;
let [a, b, c] = [] as unknown as [Instance, Instance, Instance];
const world = new InstancesWorld();

/** Keys that have nothing to do with who is there. */
const isLasting = (key: string) => key === "first-use" || key.startsWith("{7:control}");
const isRead = (told: string) => told.startsWith(`${room} read`);

describe.skipIf(!hasRedis)("instances on Redis (needs redis-server)", () => {
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    store = new RedisInstancesStore(server);
    await world.begin(store, ["a", "b", "c"]);
    [a, b, c] = world.instances;
  });
  afterEach(() => world.end());

  /** b follows the room, and knows its version. */
  async function follow(): Promise<void> {
    await b.engine.subscribe(room);
    a.engine.others.setPresence(room, ann, 1);
    await until(async () => (await elsewhere(b, room)).length === 1, "somebody");
  }

  describe("that misses news of a room", () => {
    const lose = async () => {
      await server.cut(":b:subscriber");
      a.engine.others.setPresence(room, ann, null);
      a.engine.others.setPresence(room, ben, 1);
    };

    test("reads them, although no others come", async () => {
      await follow();
      await lose();
      await until(() => b.told.some(isRead), "a read");
      const [read] = b.told.filter(isRead);
      expect(read).toContain(`${room} ben 1`);
      expect(read).not.toContain(`${room} ann 1`);
      a.engine.others.setPresence(room, cy, 1);
      await until(() => b.told.at(-1) === `${room} cy 1`, "later news");
      expect(b.told.filter(isRead).length).toBe(1);
    });

    test("reads them with the next ones", async () => {
      const rarely = { leaseTimes: { ...leaseTimes, lease: 60_000, renewal: 30_000 } };
      const d = await world.join("d", await store.open("d", rarely));
      await d.engine.subscribe(room);
      a.engine.others.setPresence(room, ann, 1);
      await until(async () => (await elsewhere(d, room)).length === 1, "somebody");
      await server.cut(":d:subscriber");
      a.engine.others.setPresence(room, ben, 1);
      await until(async () => (await elsewhere(c, room)).length === 2, "news that were lost");
      await until(async () => {
        a.engine.others.setPresence(room, cy, 1);
        return d.told.some(isRead);
      }, "a read");
      expect(d.told.find(isRead)).toContain(`${room} ben 1`);
    });

    test("is not told by what it has read of before", async () => {
      await follow();
      const before = b.told.length;
      await Promise.all(Array.from({ length: 20 }, () => elsewhere(b, room)));
      for (const sessions of [2, 3, null]) a.engine.others.setPresence(room, ann, sessions);
      await until(() => b.told.at(-1) === `${room} ann null`, "all news");
      expect(b.told.slice(before)).toEqual([2, 3, null].map((sessions) => `${room} ann ${sessions}`));
    });
  });

  test("say again what Redis has lost of a room", async () => {
    await follow();
    b.engine.others.setPresence(room, ben, 1);
    await until(async () => (await elsewhere(c, room)).length === 2, "both");
    await store.redis.del(...(await store.redis.keys(`${store.prefix}:*:presence`)));
    await store.redis.hset(`${store.prefix}:1:{6:${room}}:presence`, "v", 7);
    await until(async () => (await elsewhere(a, room)).length === 1, "b's users again");
  });

  test("ignore what they do not understand, also of a later version", async () => {
    await b.engine.subscribe(room);
    const channel = `${store.prefix}:1:{6:${room}}:bus`;
    for (const text of ["presence2 1 L\n[]", "typing\n{", "presence 1 L\n{", "", "hello"])
      await store.redis.publish(channel, text);
    await store.redis.publish(channel, 'typing\n["later",true,"zoe","Zoe",null,"more"]');
    await until(() => b.told.length > 0, "what follows");
    expect(b.told).toEqual([`${room} Zoe types true`]);
  });

  describe("leave nothing behind", () => {
    const release = () => {
      a.engine.others.releaseSession("s", 1, 0);
      b.engine.others.releaseSession("s", 2, 0);
      for (const { engine } of [a, b]) engine.others.setPresence(room, ann, null);
    };
    beforeEach(async () => {
      await take(a, claim("s", limited));
      await take(b, claim("s", { ...limited, address: "192.0.2.2" }));
      for (const { engine } of [a, b]) engine.others.setPresence(room, ann, 1);
      await take(b, claim("refused", { ...limited, userSessionsMax: 1 }));
      await take(c, claim("s", { userId: "bob" }));
    });

    test("when all have gone", async () => {
      release();
      await Promise.all([a, b, c].map(({ engine }) => engine.close()));
      expect((await store.keys()).some((key) => key === "session:s")).toBe(true);
      await store.pass(60_000);
      expect((await store.keys()).filter((key) => !isLasting(key))).toEqual([]);
    });

    test("when one has died", async () => {
      await store.kill("a");
      await until(async () => (await store.leasesOf("a")).length === 0, "its end");
      release();
      await Promise.all([b, c].map(({ engine }) => engine.close()));
      await store.pass(60_000);
      expect((await store.keys()).filter((key) => !isLasting(key))).toEqual([]);
    });

    test("when one went without letting go of anything", async () => {
      await a.engine.close();
      await until(async () => (await store.leasesOf("a")).length === 0, "its end");
      release();
      await Promise.all([b, c].map(({ engine }) => engine.close()));
      await store.pass(60_000);
      expect((await store.keys()).filter((key) => !isLasting(key))).toEqual([]);
    });
  });

  test("do not judge others before they have been there for long enough themselves", async () => {
    const patient = { leaseTimes: { ...leaseTimes, grace: 60_000 } };
    await Promise.all([b, c].map(({ engine }) => engine.close()));
    const d = await world.join("d", await store.open("d", patient));
    await take(a, claim("s"));
    await store.kill("a");
    await until(async () => (await sessionsOf(d, "alice"))[0] === 0, "the end of its lease");
    const [, began] = await store.leaseOf("d");
    await until(async () => (await store.leaseOf("d"))[1] > began + 5 * leaseTimes.renewal, "some looks");
    expect(d.gone).toEqual([]);
    expect((await store.leasesOf("a")).length).toBe(1);
  });

  test("let somebody in before all rooms are read that others have asked for", async () => {
    let read = 0;
    const heads = Array.from({ length: 3000 }, async (_, index) => {
      await a.engine.head(`room:${index}`);
      read += 1;
    });
    expect(await take(a, claim("s"))).toEqual(yes(1));
    expect(read).toBeLessThan(heads.length);
    await Promise.all(heads);
  });

  test("of one name, one after the other, are two", async () => {
    await b.engine.subscribe(room);
    a.engine.others.setPresence(room, ann, 1);
    await take(a, claim("s"));
    await until(() => b.told.length === 1, "news");
    await store.kill("a");
    const again = await world.join("a", await store.open("a"));
    again.engine.others.setPresence(room, ben, 1);
    expect(await take(again, claim("s"))).toEqual(yes(2));
    await until(() => b.gone.length === 1, "the end of the first");
    expect(b.gone).toEqual([b.tellers[0] ?? ""]);
    expect((await elsewhere(b, room)).toSorted()).toContain(`${room} ben 1`);
    expect(await sessionsOf(b, "alice")).toEqual([1]);
  });
});
