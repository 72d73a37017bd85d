import { describe, expect, test } from "bun:test";
import { ControlLog } from "../../src/chat/control-log.ts";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { controlRoom } from "../../src/chat/engine-people.ts";
import { ChatWorld, settle } from "../support/chat-world.ts";
import { admin } from "../support/identities.ts";

const author = { userId: "root", at: 1_700_000_000_000, instance: "i2" };

/** A control log of its own, with what its reader was told. */
function worldWith() {
  const world = new ChatWorld();
  world.hub.stop();
  const told: string[] = [];
  const control = new ControlLog(world.hub.context, {
    apply: (change, at) => told.push(`${change.kind} ${change.userId} ${at - author.at}`),
    missed: () => told.push("missed"),
  });
  world.engine.listen({
    stored: (log, events) => {
      if (log === controlRoom) control.receive(events);
    },
    availabilityChanged() {},
  });
  const disconnect = (userId: string) => world.engine.control({ kind: "user_disconnected", userId }, author);
  return { world, control, told, disconnect };
}

async function started() {
  const parts = worldWith();
  await parts.control.start();
  parts.told.length = 0;
  return parts;
}

test("a change is applied once, with its fields and its time", async () => {
  const { control, told, world } = await started();
  world.clock.advance(5);
  const change = { kind: "member_removed", room: "group:a", userId: "bob" } as const;
  expect(await control.change(change, admin)).toBeNull();
  expect(told).toEqual(["member_removed bob 5"]);
});

test("what happened before the start is only said to have been missed", async () => {
  const { control, told, disconnect } = worldWith();
  await disconnect("bob");
  await control.start();
  await disconnect("carol");
  await settle();
  expect(told).toEqual(["missed", "user_disconnected carol 0"]);
});

describe("entries that mean nothing here", () => {
  test.each([
    ["of a kind that is not known", { kind: "user_promoted", rest: '{"userId":"eve"}' }, 1],
    ["whose fields are no JSON", { kind: "user_disconnected", rest: "{" }, 0],
    ["without fields", { kind: "user_disconnected", rest: null }, 1],
  ])("%s keep nobody from reading on", async (_, fields, toldBefore) => {
    const { world, told, disconnect } = await started();
    world.engine.loses = () => true;
    await disconnect("bob");
    const [entry] = world.engine.logs.get(controlRoom) ?? [];
    world.engine.loses = () => false;
    if (entry !== undefined) world.engine.announce(controlRoom, [{ ...entry, ...fields }]);
    await disconnect("carol");
    await settle();
    expect(told.slice(toldBefore)).toEqual(["user_disconnected carol 0"]);
  });
});

describe("what the bus loses", () => {
  test("is read when the next entry shows the hole", async () => {
    const { world, told, disconnect } = await started();
    world.engine.loses = ({ seq }) => seq === 1;
    await disconnect("bob");
    await disconnect("carol");
    await settle();
    expect(told).toEqual(["user_disconnected bob 0", "user_disconnected carol 0"]);
  });

  test("is read within half a second when it was a change of this instance", async () => {
    const { world, control, told } = await started();
    world.engine.loses = () => true;
    const changed = control.change({ kind: "user_disconnected", userId: "bob" }, admin);
    await settle();
    expect(told).toEqual([]);
    world.clock.advance(500);
    expect(await changed).toBeNull();
    expect(told).toEqual(["user_disconnected bob 0"]);
  });

  test("is read within half a second after a look at where the log is", async () => {
    const { world, control, told, disconnect } = await started();
    world.engine.loses = () => true;
    await disconnect("bob");
    await Promise.all([control.poll(), control.poll()]);
    expect([told, world.engine.asked.head]).toEqual([[], 3]);
    world.clock.advance(500);
    await settle();
    expect(told).toEqual(["user_disconnected bob 0"]);
  });

  test("is looked for again where the engine could not say where the log is", async () => {
    const { world, control, told, disconnect } = await started();
    world.engine.loses = () => true;
    await disconnect("bob");
    world.engine.failsWith = () => new EngineUnavailable("down");
    await control.poll();
    world.engine.failsWith = () => null;
    await control.poll();
    world.clock.advance(500);
    await settle();
    expect(told).toEqual(["user_disconnected bob 0"]);
  });

  test("and cannot be read: a change was stored all the same", async () => {
    const { world, control } = await started();
    world.engine.loses = () => true;
    world.engine.failsWith = () => null;
    const changed = control.change({ kind: "user_disconnected", userId: "bob" }, admin);
    await settle();
    world.engine.failsWith = () => new EngineUnavailable("down");
    world.clock.advance(5000);
    expect(await changed).toBeNull();
  });
});

test.each(["epoch", "too_far"] as const)(
  "a position that is void because of %s: all was missed",
  async (reason) => {
    const { world, told, disconnect } = await started();
    await disconnect("alice");
    await settle();
    world.engine.replaysAs = () => ({ recovered: false, reason, epoch: "E2", seq: 7 });
    world.engine.announce(controlRoom, [{ ...(await entryOf(world)), seq: 3 }]);
    await settle();
    expect(told).toEqual(["user_disconnected alice 0", "missed"]);
    world.engine.announce(controlRoom, [{ ...(await entryOf(world)), epoch: "E2", seq: 8 }]);
    expect(told.length).toBe(3);
  },
);

test("a log that is gone is noticed by a change that stores nothing: all was missed", async () => {
  const { world, control, told, disconnect } = await started();
  await disconnect("alice");
  await settle();
  world.engine.logs.clear();
  await control.change({ kind: "block_removed", userId: "alice", otherId: "bob" }, admin);
  expect(told).toEqual(["user_disconnected alice 0", "missed"]);
});

async function entryOf({ engine }: ChatWorld) {
  const entry = engine.logs.get(controlRoom)?.[0];
  if (entry === undefined) throw new Error("the control log is empty");
  return entry;
}

test("a refused change is refused, and applied nowhere", async () => {
  const { world, control, told } = await started();
  world.engine.failsWith = () => new EngineUnavailable("down");
  const change = { kind: "user_disconnected", userId: "bob" } as const;
  expect(await control.change(change, admin)).toMatchObject({ ok: false, code: "unavailable" });
  expect(told).toEqual([]);
});

describe("an engine that does not answer at the start", () => {
  test.each(["subscribe", "head"] as const)("to %s is asked every second until it does", async (failing) => {
    const { world, control, told, disconnect } = worldWith();
    world.engine.failsWith = (operation) => (operation === failing ? new EngineUnavailable("down") : null);
    await control.start();
    world.clock.advance(1000);
    await settle();
    expect(told).toEqual([]);
    world.engine.failsWith = () => null;
    world.clock.advance(1000);
    await settle();
    await disconnect("bob");
    await settle();
    expect(told).toEqual(["missed", "user_disconnected bob 0"]);
  });

  test("is left alone once the instance stops", async () => {
    const { world, control } = worldWith();
    world.engine.failsWith = () => new EngineUnavailable("down");
    await control.start();
    control.stop();
    const asked = world.engine.asked.subscribe;
    world.clock.advance(5000);
    await settle();
    expect(world.engine.asked.subscribe).toBe(asked);
  });

  test("keeps no change from being stored, which is then not waited for", async () => {
    const { world, control } = worldWith();
    expect(await control.change({ kind: "user_disconnected", userId: "bob" }, admin)).toBeNull();
    expect(world.engine.logs.get(controlRoom)?.length).toBe(1);
  });
});
