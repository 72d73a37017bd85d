import { beforeEach, describe, expect, test } from "bun:test";
import type { SessionVerdict } from "../../src/chat/engine-instances.ts";
import { SessionClaims } from "../../src/chat/session-claims.ts";
import { Sessions } from "../../src/chat/sessions.ts";
import { AskedInstances } from "../support/asked-instances.ts";
import { ChatWorld, settle } from "../support/chat-world.ts";
import { closeCodeOf, goodbyesTo } from "../support/two-hubs.ts";

let world: ChatWorld;
let others: AskedInstances;

beforeEach(() => {
  world = new ChatWorld();
  others = new AskedInstances();
  world.engine.others = others;
});

const movedTo = (instance: string, generation: number) =>
  ({ kind: "session_moved", userId: "user-s", connectionId: "s", instance, generation }) as const;

/** With a socket of this generation. */
async function entered(generation: number, messageCount = 0) {
  others.answersAtOnce = { ok: true, generation, messageCount };
  const client = await world.entered("s");
  others.answersAtOnce = null;
  others.asked.length = 0;
  return client;
}

describe("an entry session_moved", () => {
  test.each([
    ["the instance of its newer socket", "i2", 4, 0, ["replaced"]],
    ["the instance of its older socket", "i2", 2, 1, []],
    ["another instance with this generation", "i2", 3, 1, []],
    ["this instance", "i1", 3, 1, []],
  ])("that names %s", async (_, instance, generation, sessionCount, goodbyes) => {
    const client = await entered(3);
    world.hub.claims.moved(movedTo(instance, generation));
    expect([world.hub.sessionCount, goodbyesTo(client)]).toEqual([sessionCount, goodbyes]);
  });

  test.each([
    [2, 0],
    [4, 1],
    [5, 1],
  ])("back to this instance with generation %d", async (generation, sessionCount) => {
    await entered(3);
    world.hub.claims.moved(movedTo("i2", 4));
    world.hub.claims.moved(movedTo("i1", generation));
    expect(world.hub.sessionCount).toBe(sessionCount);
  });

  test("makes the newest socket here count as the generation that it takes back", async () => {
    const client = await entered(1);
    for (const [instance, generation] of [
      ["i2", 2],
      ["i1", 2],
      ["i2", 3],
    ] as const)
      world.hub.claims.moved(movedTo(instance, generation));
    expect(closeCodeOf(client)).toBeNull();
  });

  test("two generations on closes a socket that was told nothing, and says why", async () => {
    const client = await entered(1);
    world.hub.claims.moved(movedTo("i2", 3));
    expect([goodbyesTo(client), closeCodeOf(client)]).toEqual([["replaced"], 4501]);
  });

  test("two generations on closes both sockets where two are here", async () => {
    const clients = [await entered(1), await entered(2)];
    world.hub.claims.moved(movedTo("i2", 4));
    expect(clients.map(closeCodeOf)).toEqual([4501, 4501]);
  });

  test("that is repeated tells nobody anything again", async () => {
    const client = await entered(1);
    await client.ask("join", { rooms: [{ room: "room:a" }] });
    for (const instance of ["i2", "i2", "i1", "i1"]) world.hub.claims.moved(movedTo(instance, 2));
    expect([others.present, others.counted]).toEqual([[1, 0, 1], []]);
  });

  test("means nothing for a session that has no socket here", async () => {
    (await entered(1)).vanish();
    world.hub.claims.moved(movedTo("i2", 2));
    await entered(3);
    expect(world.hub.sessionCount).toBe(1);
  });
});

describe("while a claim waits for its answer", () => {
  test("a newer socket elsewhere is heard of when this one has opened", async () => {
    const older = await entered(1);
    const entry = world.entered("s");
    world.hub.claims.moved(movedTo("i1", 2));
    world.hub.claims.moved(movedTo("i2", 3));
    world.hub.claims.moved(movedTo("i1", 2));
    expect(goodbyesTo(older)).toEqual([]);
    others.grant(2);
    const newer = await entry;
    expect([older, newer].map(goodbyesTo)).toEqual([["replaced"], ["replaced"]]);
    expect([older, newer].map(closeCodeOf)).toEqual([4501, null]);
    expect(world.hub.sessionCount).toBe(0);
  });

  test("what others count is not lost", async () => {
    const entry = world.entered("s");
    world.hub.claims.messagesCounted("s", 2);
    others.grant(1, 5);
    expect((await (await entry).ask("message", { content: 1 })).payload.count).toBe(8);
  });

  test("nor counted twice where two wait", async () => {
    const entries = [world.entered("s"), world.entered("s")];
    world.hub.claims.messagesCounted("s", 2);
    for (const index of [0, 1]) others.grant(index + 1, 5, index);
    const [, newer] = await Promise.all(entries);
    expect((await newer?.ask("message", { content: 1 }))?.payload.count).toBe(8);
  });

  test("and another that was granted gets no socket, the session is kept for the first", async () => {
    const first = world.entered("s");
    const second = world.hub.doorkeeper.enter(
      { connectionId: "s", identity: (await world.connect("t")).connection.identity, address: null },
      () => false,
    );
    others.grant(2, 0, 1);
    await second;
    expect(others.released).toEqual([]);
    others.grant(1, 0, 0);
    (await first).vanish();
    expect(others.released).toEqual([["s", 2, 0]]);
  });
});

test("what is taken by a socket that is left over is said when it closes", async () => {
  const client = await entered(1);
  await client.ask("message", { content: 1 });
  world.hub.claims.moved(movedTo("i2", 2));
  expect(others.counted).toEqual([["s", 1]]);
  await client.ask("message", { content: 1 });
  client.vanish();
  expect([others.counted.length, others.released]).toEqual([1, [["s", 1, 1]]]);
});

test("past the bound of claims that wait the next is unavailable, and nobody is asked", async () => {
  const sessions = new Sessions(world.clock);
  const claims = new SessionClaims(world.hub.context, sessions, () => {}, 2);
  const claim = (connectionId: string) =>
    claims.claim(
      { connectionId, userId: "u", address: null, userSessionsMax: 0, addressSessionsMax: 0 },
      (verdict: SessionVerdict) => verdict,
    );
  const waiting = [claim("a"), claim("a")];
  expect([claim("b"), others.asked.length]).toEqual([{ ok: false, code: "unavailable" }, 2]);
  for (const index of [0, 1]) others.grant(1, 0, index);
  await Promise.all(waiting);
  void claim("b");
  await settle();
  expect(others.asked.length).toBe(3);
});
