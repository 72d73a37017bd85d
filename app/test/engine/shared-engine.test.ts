import { beforeEach, describe, expect, test } from "bun:test";
import type { SessionClaim } from "../../src/chat/engine-instances.ts";
import { controlRoom } from "../../src/chat/engine-people.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { MemoryEngine } from "../support/memory-engine.ts";
import { SharedEngine } from "../support/shared-engine.ts";
import type { SharedView } from "../support/shared-view.ts";
import { aPublish } from "./a-publish.ts";
import { instancesContract } from "./contract-instances.ts";
import { claim, no, yes } from "./instances-world.ts";

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
});

describe("a session that is claimed", () => {
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

  test("is not claimed where the control log cannot be written", async () => {
    await take(a, claim("s"));
    engine.failsWith = (operation) => (operation === "control" ? new Error("down") : null);
    expect(await take(b, claim("s"))).toEqual(no("unavailable"));
    expect(shared.sessions.ownerOf("s")).toBe("a");
  });
});

instancesContract("an engine in memory", async () => {
  const clock = new ManualClock();
  const shared = new SharedEngine(new MemoryEngine(), clock);
  return {
    open: async (instance) => shared.view(instance),
    kill: async (instance) => shared.kill(instance),
    pass: async (ms) => clock.advance(ms),
    remove: async () => {},
  };
});
