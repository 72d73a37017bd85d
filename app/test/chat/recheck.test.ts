import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { type ControlChange, controlRoom } from "../../src/chat/engine-people.ts";
import { addMember } from "../../src/chat/membership.ts";
import { ChatWorld, type Client, settle, until } from "../support/chat-world.ts";
import { admin, identityOf } from "../support/identities.ts";

const room = "group:club";
const bob = identityOf("bob");

/** Bob and Carol have joined as members. */
async function club() {
  const world = new ChatWorld();
  for (const userId of ["bob", "carol"]) await addMember(world.hub, admin, room, userId);
  const clients = [
    await world.join(room, "b", bob),
    await world.join(room, "c", identityOf("carol")),
  ] as const;
  return { world, clients };
}

/** Another instance decides, and the bus says nothing of it. */
async function decideUnheard({ engine, clock }: ChatWorld, change: ControlChange) {
  engine.loses = () => true;
  await engine.control(change, { userId: "root", at: clock.now(), instance: "i2" });
  await settle();
  engine.loses = () => false;
}

/** The instance learns that it is in another life of the control log, or too far behind. */
function miss({ engine }: ChatWorld) {
  const log = engine.logs.get(controlRoom) ?? [];
  const last = log.at(-1);
  if (last === undefined) throw new Error("the control log is empty");
  engine.replaysAs = () => ({ recovered: false, reason: "too_far", epoch: last.epoch, seq: last.seq });
  engine.announce(controlRoom, [{ ...last, seq: last.seq + 1 }]);
  engine.replaysAs = () => null;
}

const removal = { kind: "member_removed", room, userId: "bob" } as const;
const isJoined = ({ connection }: Client) => connection.isJoined(room);

test("nothing is known of a removal that was missed, until it is known that something was", async () => {
  const { world, clients } = await club();
  await decideUnheard(world, removal);
  expect(clients.map(isJoined)).toEqual([true, true]);
  miss(world);
  await settle();
  expect(clients.map(isJoined)).toEqual([false, true]);
  expect(clients[0].socket.framesOf("room_left")).toMatchObject([{ payload: { room, reason: "removed" } }]);
});

test("blocks that were missed count, too", async () => {
  const { world } = await club();
  await decideUnheard(world, { kind: "block_added", userId: "carol", otherId: "bob" });
  expect(world.hub.blocks.hiddenFrom("bob").size).toBe(0);
  miss(world);
  await settle();
  expect([...world.hub.blocks.hiddenFrom("bob")]).toEqual(["carol"]);
});

describe("a join that had been let in before the removal that was missed", () => {
  test("while it reads, does not end joined", async () => {
    const { world, clients } = await club();
    clients[0].vanish();
    const late = world.connect("late", null, bob);
    world.engine.fill(room, 1);
    late.send("join", { rooms: [{ room }] }, "j");
    await until(() => world.engine.asked.history === 3);
    await decideUnheard(world, removal);
    miss(world);
    await settle();
    expect(late.socket.answerTo("j")).toBeUndefined();
    world.clock.advance(500);
    await until(() => late.socket.answerTo("j"));
    expect([isJoined(late), world.hub.admissions.count]).toEqual([false, 0]);
  });

  test("and enters before it is asked again, leaves", async () => {
    const { world } = await club();
    const late = world.connect("late", null, bob);
    await world.hub.blocks.load("bob");
    world.engine.pauseAnswers();
    late.send("join", { rooms: [{ room }] }, "j");
    await until(() => world.engine.waitingAnswers === 1);
    world.engine.resumeAnswers();
    await decideUnheard(world, removal);
    await until(() => late.socket.answerTo("j"));
    expect(isJoined(late)).toBe(true);
    miss(world);
    await settle();
    expect(isJoined(late)).toBe(false);
  });
});

test("what cannot be read is asked again every second until it is", async () => {
  const { world, clients } = await club();
  await decideUnheard(world, removal);
  world.engine.failsWith = (operation) =>
    operation === "membership" || operation === "blockRelations" ? new EngineUnavailable("down") : null;
  miss(world);
  await settle();
  world.clock.advance(1000);
  await settle();
  expect(clients.map(isJoined)).toEqual([true, true]);
  world.engine.failsWith = () => null;
  world.clock.advance(1000);
  await settle();
  expect(clients.map(isJoined)).toEqual([false, true]);
});

test("what is missed while it is asked is asked again", async () => {
  const { world, clients } = await club();
  await decideUnheard(world, { ...removal, userId: "dave" });
  world.engine.pauseAnswers();
  miss(world);
  await until(() => world.engine.waitingAnswers > 0);
  world.engine.resumeAnswers();
  world.engine.pauseAnswers();
  await until(() => world.engine.waitingAnswers > 0);
  await decideUnheard(world, removal);
  miss(world);
  await settle();
  for (let round = 0; round < 10; round += 1) {
    world.engine.resumeAnswers();
    await settle();
  }
  expect(clients.map(isJoined)).toEqual([false, true]);
});

test("many are asked for in parts, and all of them", async () => {
  const world = new ChatWorld({ maxConnections: 0, maxConnectionsPerUser: 0 });
  const clients: Client[] = [];
  for (let index = 0; index < 120; index += 1)
    clients.push(await world.join(room, `c${index}`, identityOf(`u${index}`, { rooms: [room] })));
  for (let index = 0; index < 120; index += 1)
    await decideUnheard(world, { ...removal, userId: `u${index}` });
  world.engine.pauseAnswers();
  miss(world);
  world.engine.resumeAnswers();
  world.engine.pauseAnswers();
  await until(() => world.engine.waitingAnswers > 1);
  expect(world.engine.waitingAnswers).toBe(50);
  world.engine.resumeAnswers();
  await settle();
  expect(clients.filter(isJoined).length).toBe(0);
});
