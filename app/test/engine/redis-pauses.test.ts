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
  ask,
  claim,
  elsewhere,
  type Instance,
  InstancesWorld,
  moves,
  no,
  sessionsOf,
  take,
  userOf,
  yes,
} from "./instances-world.ts";
import { RedisInstancesStore } from "./redis-instances-store.ts";
import { until } from "./until.ts";

setDefaultTimeout(30_000);

const room = "room:x";
const [ann, ben] = [userOf("ann"), userOf("ben")];

let server: RedisServer;
let store: RedisInstancesStore;
let [a, b, c] = [] as unknown as [Instance, Instance, Instance];
const world = new InstancesWorld();

/** The lease is over, and nothing is left of what was said under it. */
async function pause({ name }: Instance): Promise<void> {
  await store.kill(name);
  await until(async () => (await store.leasesOf(name)).length === 0, `the end of ${name}`);
}

async function resume({ name }: Instance): Promise<void> {
  store.revive(name);
  await until(async () => (await store.leasesOf(name)).length > 0, `another lease of ${name}`);
}

describe.skipIf(!hasRedis)("an instance that was paused (needs redis-server)", () => {
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

  test("says again what it has, as another", async () => {
    const limits = { address: "192.0.2.1", addressSessionsMax: 1, userSessionsMax: 1 };
    await b.engine.subscribe(room);
    await take(a, claim("s", limits));
    a.engine.others.setPresence(room, ann, 2);
    a.engine.others.setPresence(room, ben, 1);
    await until(() => b.told.length === 2, "news");
    await pause(a);
    expect(await sessionsOf(b, "alice")).toEqual([0]);
    await until(() => b.gone.length > 0, "the news of its end");
    expect(b.gone).toEqual([b.tellers[0] ?? ""]);
    b.told.length = 0;
    await resume(a);
    await until(async () => (await sessionsOf(b, "alice"))[0] === 1, "the session");
    await until(async () => (await elsewhere(b, room)).includes(`${room} ann 2`), "its users");
    await until(() => b.told.includes(`${room} ann 2`), "news of its users");
    expect(b.tellers.at(-1)).not.toBe(b.tellers[0]);
    expect((await elsewhere(a, room)).filter((told) => !told.endsWith("null"))).toEqual([]);
    expect(await ask(b, claim("t", limits))).toEqual(no("connection_limit_ip"));
    expect(await take(b, claim("s", limits))).toEqual(yes(2));
    expect(await moves(b)).toEqual(["s b 2"]);
  });

  test("hears where a session went meanwhile", async () => {
    await take(a, claim("s"));
    await pause(a);
    expect(await take(b, claim("s"))).toEqual(yes(2));
    expect(await moves(b)).toEqual([]);
    await resume(a);
    await until(async () => (await moves(b)).length > 0, "a move");
    expect([await moves(b), await sessionsOf(c, "alice")]).toEqual([["s b 2"], [1]]);
    b.engine.others.releaseSession("s", 2, 0);
    await until(async () => (await moves(b)).includes("s a 2"), "a move back");
  });

  test("hears of it also where it only seemed dead", async () => {
    await take(a, claim("s"));
    await store.kill("a");
    await until(async () => (await sessionsOf(b, "alice"))[0] === 0, "the end of its lease");
    expect(await take(b, claim("s"))).toEqual(yes(2));
    await resume(a);
    await until(async () => (await moves(b)).length > 0, "a move");
    expect(new Set(await moves(b))).toEqual(new Set(["s b 2"]));
  });

  test("takes back a session that went to an older socket meanwhile", async () => {
    await take(b, claim("s"));
    await take(a, claim("s"));
    await pause(a);
    await until(async () => (await moves(b)).includes("s b 2"), "a move");
    await resume(a);
    await until(async () => (await moves(b)).includes("s a 3"), "a move back");
    a.engine.others.releaseSession("s", 2, 0);
    await until(async () => (await moves(b)).includes("s b 3"), "a move to the heir");
    expect(await sessionsOf(c, "alice")).toEqual([1]);
  });

  test("leaves a session to whom it belongs by now", async () => {
    for (const id of ["s", "t"]) await take(a, claim(id));
    await pause(a);
    await world.store.pass(60_000);
    const theirs = claim("s", { userId: "bob" });
    expect(await take(b, theirs)).toEqual(yes(1));
    await resume(a);
    await until(async () => (await sessionsOf(b, "alice"))[0] !== 0, "the other session");
    expect(await ask(c, theirs)).toEqual(yes(2));
  });

  test("does not say again what it let go meanwhile", async () => {
    for (const id of ["s", "t"]) await take(a, claim(id));
    for (const user of [ann, ben]) a.engine.others.setPresence(room, user, 1);
    await pause(a);
    a.engine.others.releaseSession("s", 1, 0);
    a.engine.others.setPresence(room, ann, null);
    a.engine.others.setPresence(room, ben, 3);
    await resume(a);
    await until(async () => (await elsewhere(b, room)).includes(`${room} ben 3`), "its users");
    await until(async () => (await sessionsOf(b, "alice"))[0] === 1, "the session");
    expect(await elsewhere(b, room)).not.toContain(`${room} ann 1`);
    expect(await take(a, claim("u"))).toEqual(yes(1));
    expect(await sessionsOf(b, "alice")).toEqual([2]);
  });

  test("has all of many sessions and users again", async () => {
    const count = 450;
    for (let index = 0; index < count; index += 1) {
      expect(await take(a, claim(`s${index}`, { userId: `u${index % 3}` }))).toEqual(yes(1));
      a.engine.others.setPresence(room, userOf(`u${index}`), 1);
    }
    await until(async () => (await elsewhere(b, room)).length === count, "all users");
    await pause(a);
    await resume(a);
    const present = async () => (await elsewhere(b, room)).filter((told) => told.endsWith(" 1")).length;
    await until(async () => (await present()) === count, "all users again");
    await until(async () => (await sessionsOf(b, "u0", "u1", "u2")).join() === "150,150,150", "all sessions");
    await pause(a);
    expect([await present(), await sessionsOf(b, "u0", "u1", "u2")]).toEqual([0, [0, 0, 0]]);
  });
});
