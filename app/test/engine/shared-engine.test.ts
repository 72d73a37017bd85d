import { beforeEach, describe, expect, test } from "bun:test";
import type { SessionClaim, SessionVerdict } from "../../src/chat/engine-instances.ts";
import { controlRoom } from "../../src/chat/engine-people.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { MemoryEngine } from "../support/memory-engine.ts";
import { SharedEngine } from "../support/shared-engine.ts";
import type { SharedView } from "../support/shared-view.ts";
import { aPublish } from "./a-publish.ts";

let engine: MemoryEngine;
let clock: ManualClock;
let shared: SharedEngine;
let a: SharedView;
let b: SharedView;

beforeEach(() => {
  engine = new MemoryEngine();
  clock = new ManualClock();
  shared = new SharedEngine(engine, clock);
  [a, b] = [shared.view("a"), shared.view("b")];
});

const heardBy = (view: SharedView): string[] => {
  const heard: string[] = [];
  view.listen({ stored: (room) => heard.push(room), availabilityChanged() {} });
  return heard;
};

const claim = (connectionId: string, fields: Partial<SessionClaim> = {}): SessionClaim => ({
  connectionId,
  userId: "alice",
  address: null,
  userSessionsMax: 0,
  addressSessionsMax: 0,
  ...fields,
});

const ask = async (view: SharedView, asked: SessionClaim) => await view.others.claimSession(asked, true);
const take = async (view: SharedView, asked: SessionClaim) => await view.others.claimSession(asked, false);

const moves = () => (engine.logs.get(controlRoom) ?? []).map(({ rest }) => JSON.parse(rest ?? "{}"));

describe("views of a shared engine", () => {
  test("hear what they subscribed to, each for itself", async () => {
    const heard = [heardBy(a), heardBy(b)];
    await a.subscribe("room:x");
    await b.subscribe("room:x");
    await b.subscribe("room:y");
    for (const room of ["room:x", "room:y"]) await a.publish(aPublish({ room }));
    b.unsubscribe("room:x");
    await b.publish(aPublish({ room: "room:x" }));
    expect(heard).toEqual([
      ["room:x", "room:x"],
      ["room:x", "room:y"],
    ]);
    a.unsubscribe("room:x");
    expect([...engine.subscribedRooms]).toEqual(["room:y"]);
  });

  test("close the engine with the last of them", async () => {
    let closed = 0;
    engine.close = async () => {
      closed += 1;
    };
    await a.close();
    expect((await a.publish(aPublish())).ok).toBe(false);
    expect([closed, (await b.publish(aPublish())).ok]).toEqual([0, true]);
    await b.close();
    expect(closed).toBe(1);
  });

  test("have a successor in one that is open and does not drain", async () => {
    expect(await a.others.hasSuccessor()).toBe(true);
    shared.setDraining("b", true);
    expect([await a.others.hasSuccessor(), await b.others.hasSuccessor()]).toEqual([false, true]);
    shared.setDraining("b", false);
    shared.kill("b");
    expect(await a.others.hasSuccessor()).toBe(false);
  });

  test("tell each other who is present, and who is gone with a server", async () => {
    const told: unknown[] = [];
    const presenceChanged = (room: string, change: object) => told.push([room, change]);
    const instanceGone = (instance: string) => told.push(instance);
    const deaf = { presenceRead() {}, typingChanged() {}, messagesCounted() {} };
    a.others.listen({ presenceChanged, instanceGone, ...deaf });
    await a.subscribe("room:x");
    const user = { id: "bob", name: "Bob", image: null };
    for (const room of ["room:x", "room:y"]) b.others.setPresence(room, user, 1);
    expect(told).toEqual([]);
    await Promise.resolve();
    const change = { instance: "b", user, sessions: 1 };
    expect(told).toEqual([["room:x", change]]);
    expect(await a.others.presenceElsewhere("room:y")).toEqual([change]);
    expect(await b.others.presenceElsewhere("room:y")).toEqual([]);
    shared.kill("b");
    const left = { ...change, sessions: null };
    expect([told.at(-1), await a.others.presenceElsewhere("room:y")]).toEqual(["b", [left]]);
    clock.advance(5000);
    expect(await a.others.presenceElsewhere("room:y")).toEqual([]);
  });
});

type RefusalCode = Extract<SessionVerdict, { ok: false }>["code"];

describe("a session that is claimed", () => {
  const yes = (generation: number, messageCount = 0) => ({ ok: true, generation, messageCount }) as const;
  const no = (code: RefusalCode) => ({ ok: false, code }) as const;

  test("is answered at once, and moves with an entry in the control log", async () => {
    const atOnce = [true, false, false].map((isTrial) => a.others.claimSession(claim("s"), isTrial));
    expect(atOnce).toEqual([yes(1), yes(1), yes(2)]);
    const moved = b.others.claimSession(claim("s"), false);
    expect(moved).toBeInstanceOf(Promise);
    expect([await moved, moves().at(-1)]).toEqual([
      yes(3),
      { userId: "alice", connectionId: "s", instance: "b", generation: 3 },
    ]);
  });

  test("tells of each newer socket while another server has one", async () => {
    for (const view of [a, b, b]) await take(view, claim("s"));
    a.others.releaseSession("s", 1, 0);
    await take(b, claim("s"));
    expect(moves().map(({ instance, generation }) => [instance, generation])).toEqual([
      ["b", 2],
      ["b", 3],
    ]);
  });

  test("belongs to its user for 60 s after its last socket", async () => {
    const theirs = claim("s", { userId: "mallory" });
    await take(a, claim("s"));
    expect(await take(b, theirs)).toEqual(no("session_taken"));
    a.others.releaseSession("s", 1, 7);
    clock.advance(59_999);
    expect(await take(b, theirs)).toEqual(no("session_taken"));
    expect(await ask(b, claim("s"))).toEqual(yes(2, 7));
    clock.advance(1);
    expect(await take(b, theirs)).toEqual(yes(1));
  });

  test("counts once towards limits, on however many servers its sockets are", async () => {
    const limited = { address: "192.0.2.1", userSessionsMax: 2, addressSessionsMax: 2 };
    await take(a, claim("s", limited));
    await take(b, claim("s", limited));
    expect(await take(a, claim("t", limited))).toEqual(yes(1));
    expect(await ask(b, claim("u", limited))).toEqual(no("connection_limit_ip"));
    expect(await ask(b, claim("u", { ...limited, address: null }))).toEqual(no("connection_limit_user"));
    a.others.releaseSession("s", 1, 0);
    expect(await ask(b, claim("u", limited))).toEqual(no("connection_limit_ip"));
    b.others.releaseSession("s", 2, 0);
    expect(await ask(b, claim("u", limited))).toEqual(yes(1));
  });

  test("goes back to the server with its older socket when the newer one is let go", async () => {
    await take(a, claim("s"));
    await take(b, claim("s"));
    b.others.releaseSession("s", 2, 0);
    expect([shared.sessions.ownerOf("s"), moves().at(-1)]).toEqual([
      "a",
      { userId: "alice", connectionId: "s", instance: "a", generation: 2 },
    ]);
  });

  test("is not let go by a server that has claimed it again", async () => {
    await take(a, claim("s"));
    await take(a, claim("s"));
    a.others.releaseSession("s", 1, 0);
    expect(shared.sessions.liveCount).toBe(1);
  });

  test("is no longer live when its server dies", async () => {
    await take(a, claim("s"));
    shared.kill("a");
    expect(shared.sessions.liveCount).toBe(0);
    expect(await take(b, claim("s"))).toEqual(yes(2));
    expect(await take(a, claim("s"))).toEqual(no("unavailable"));
  });

  test("is not claimed where the control log cannot be written", async () => {
    await take(a, claim("s"));
    engine.failsWith = (operation) => (operation === "control" ? new Error("down") : null);
    expect(await take(b, claim("s"))).toEqual(no("unavailable"));
    expect(shared.sessions.ownerOf("s")).toBe("a");
  });
});
