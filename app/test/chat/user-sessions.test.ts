import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { guestIdentity } from "../../src/chat/identity.ts";
import { sendNotification } from "../../src/chat/notifications.ts";
import { readUserStatus } from "../../src/chat/user-status.ts";
import type { ChatWorld } from "../support/chat-world.ts";
import { TwoHubs } from "../support/two-hubs.ts";

const backend = { ...guestIdentity({ id: "backend", name: "b", image: null }), mayPublish: true };
const ann = { user: { id: "ann", name: "Ann", image: null } };

/** Ann's phone is on both, since it moves; her desk on the one, her tablet on the other. */
async function scattered() {
  const hubs = await TwoHubs.start();
  for (const [world, id] of [
    [hubs.a, "phone"],
    [hubs.b, "phone"],
    [hubs.a, "desk"],
    [hubs.b, "tablet"],
  ] as const)
    await hubs.enter(world, id, null, ann);
  return hubs;
}

const statusAt = async ({ hub }: ChatWorld) => await readUserStatus(hub, backend, "ann");

const notify = async ({ hub }: ChatWorld) => {
  const sent = await sendNotification(hub, backend, { payload: 1, id: null, userIds: ["ann", "ben"] });
  return sent.ok && sent.users;
};

describe("the sessions of a user", () => {
  test("are counted over all instances, each once", async () => {
    const { a, b } = await scattered();
    for (const world of [a, b]) {
      expect(await statusAt(world)).toMatchObject({ ok: true, payload: { online: true, connections: 3 } });
      expect(await notify(world)).toEqual([
        { userId: "ann", connections: 3 },
        { userId: "ben", connections: 0 },
      ]);
    }
  });

  test("make them online where they have none", async () => {
    const hubs = await TwoHubs.start();
    await hubs.enter(hubs.a, "phone", null, ann);
    const lastSeen = hubs.instances.clock.now();
    expect(await statusAt(hubs.b)).toMatchObject({ payload: { online: true, connections: 1, lastSeen } });
  });

  test("are asked for in vain where the others cannot be: a notification tells of those here", async () => {
    const { b } = await scattered();
    b.hub.context.engine.others.countSessions = () => Promise.reject(new EngineUnavailable("away"));
    expect(await notify(b)).toEqual([
      { userId: "ann", connections: 2 },
      { userId: "ben", connections: 0 },
    ]);
    expect(statusAt(b)).rejects.toThrow(EngineUnavailable);
  });
});

describe("an instance", () => {
  test("would take over from the start, until it drains, and when that is taken back", async () => {
    const { a, b } = await TwoHubs.start();
    const wouldTakeOver = () => a.hub.context.engine.others.hasSuccessor();
    expect(await wouldTakeOver()).toBe(true);
    b.hub.drain.begin({ ratePerSecond: 1, graceMs: 1000 });
    expect(await wouldTakeOver()).toBe(false);
    b.hub.drain.undrain();
    expect(await wouldTakeOver()).toBe(true);
  });
});
