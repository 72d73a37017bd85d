import { beforeEach, describe, expect, test } from "bun:test";
import type { SessionVerdict } from "../../src/chat/engine-instances.ts";
import { AskedInstances } from "../support/asked-instances.ts";
import { ChatWorld, settle } from "../support/chat-world.ts";
import { identityOf } from "../support/identities.ts";

let world: ChatWorld;
let others: AskedInstances;

beforeEach(() => {
  world = new ChatWorld({ maxConnections: 2, maxConnectionsPerUser: 7, maxConnectionsPerIp: 8 });
  others = new AskedInstances();
  world.engine.others = others;
});

const request = (connectionId: string) => ({
  connectionId,
  identity: identityOf(`user-${connectionId}`),
  address: "192.0.2.1",
});
const granted = { ok: true, generation: 3, messageCount: 0 } as const;
const refused = ["session_taken", "connection_limit_user", "connection_limit_ip", "unavailable"] as const;

describe("a handshake", () => {
  test("is let in at once where nobody has to be asked", () => {
    others.answersAtOnce = granted;
    expect(world.hub.doorkeeper.enter(request("s"), () => true)).toBe("opened");
    expect(world.hub.doorkeeper.ask(request("t"))).toBeNull();
  });

  test("asks the others for its session, within the limits that are configured", async () => {
    others.answersAtOnce = granted;
    await world.hub.doorkeeper.ask(request("s"));
    await world.hub.doorkeeper.enter(request("s"), () => true);
    const claim = {
      connectionId: "s",
      userId: "user-s",
      address: "192.0.2.1",
      userSessionsMax: 7,
      addressSessionsMax: 8,
    };
    expect(others.asked.map(({ claim, isTrial }) => [claim, isTrial])).toEqual([
      [claim, true],
      [claim, false],
    ]);
  });

  test("that is refused here asks nobody", async () => {
    for (const id of ["a", "b"]) world.connect(id);
    expect(await world.enter("c")).toBe("server_full");
    expect(await world.hub.doorkeeper.ask(request("c"))).toBe("server_full");
    expect(others.asked).toEqual([]);
  });

  test.each(refused)("is refused by the others with %s, then or later", async (code) => {
    const verdict: SessionVerdict = { ok: false, code };
    const later = [world.enter("s"), world.hub.doorkeeper.ask(request("s"))];
    for (const { answer } of others.asked) answer(verdict);
    others.answersAtOnce = verdict;
    const atOnce = [world.enter("s"), world.hub.doorkeeper.ask(request("s"))];
    expect(await Promise.all([...later, ...atOnce])).toEqual([code, code, code, code]);
    expect([others.released, world.hub.connectionCount]).toEqual([[], 0]);
  });
});

describe("a session that was granted is let go", () => {
  test("when there is no place here any more", async () => {
    const entry = world.enter("s");
    for (const id of ["a", "b"]) world.connect(id);
    others.grant(3);
    expect([await entry, others.released]).toEqual(["server_full", [["s", 3, 0]]]);
  });

  test("when a drain has begun", async () => {
    const entry = world.enter("s");
    world.hub.drain.begin({ ratePerSecond: 1, graceMs: 1000 });
    others.grant(3);
    expect([await entry, others.released]).toEqual(["draining", [["s", 3, 0]]]);
  });

  test.each([null, granted])("when no socket opens, after %j", async (atOnce) => {
    others.answersAtOnce = atOnce;
    const entry = world.hub.doorkeeper.enter(request("s"), () => false);
    others.grant(3);
    expect([await entry, others.released]).toEqual(["not_opened", [["s", 3, 0]]]);
  });

  test("when opening fails", () => {
    others.answersAtOnce = granted;
    const open = () => {
      throw new Error("fault");
    };
    expect(() => world.hub.doorkeeper.enter(request("s"), open)).toThrow("fault");
    expect(others.released).toEqual([["s", 3, 0]]);
  });

  test("when its last socket closes, with what it has sent", async () => {
    others.answersAtOnce = granted;
    const client = await world.entered("s");
    await client.ask("message", { content: 1 });
    client.vanish();
    expect(others.released).toEqual([["s", 3, 1]]);
    others.answersAtOnce = { ok: true, generation: 4, messageCount: 6 };
    const back = await world.entered("s");
    expect((await back.ask("message", { content: 1 })).payload.count).toBe(7);
    back.vanish();
    expect(others.released.at(-1)).toEqual(["s", 4, 1]);
  });

  test("not while another socket of it is open, and then as the newest that was granted", async () => {
    others.answersAtOnce = granted;
    const client = await world.entered("s");
    others.answersAtOnce = { ...granted, generation: 4 };
    const identity = client.connection.identity;
    await world.hub.doorkeeper.enter({ ...request("s"), identity }, () => false);
    expect(others.released).toEqual([]);
    client.vanish();
    expect(others.released).toEqual([["s", 4, 0]]);
  });

  test("as the newest that was granted, also where that was refused here in the end", async () => {
    others.answersAtOnce = granted;
    const client = await world.entered("s");
    others.answersAtOnce = null;
    const entry = world.enter("s");
    world.hub.drain.begin({ ratePerSecond: 1, graceMs: 1000 });
    others.grant(4, 0, 1);
    expect([await entry, others.released]).toEqual(["draining", []]);
    client.vanish();
    expect(others.released).toEqual([["s", 4, 0]]);
  });

  test("when it is granted after 5 s, when the handshake has been refused", async () => {
    const entries = [world.enter("s"), world.hub.doorkeeper.ask(request("t"))];
    world.clock.advance(5000);
    expect(await Promise.all(entries)).toEqual(["unavailable", "unavailable"]);
    others.grant(3, 0, 0);
    others.grant(9, 0, 1);
    await settle();
    expect([others.released, world.hub.connectionCount]).toEqual([[["s", 3, 0]], 0]);
  });
});

test("an answer in time stops the clock", async () => {
  const timers = world.clock.pendingTimers;
  const entry = world.enter("s");
  others.grant(1);
  await entry;
  expect(world.clock.pendingTimers).toBe(timers);
});
