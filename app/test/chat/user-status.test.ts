import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { guestIdentity, type Identity } from "../../src/chat/identity.ts";
import { readUserStatus } from "../../src/chat/user-status.ts";
import { ChatWorld, settle } from "../support/chat-world.ts";

const backend = { ...guestIdentity({ id: "backend", name: "b", image: null }), mayPublish: true };
const ann = { user: { id: "ann", name: "Ann", image: null } };

async function statusOf(world: ChatWorld, userId = "ann") {
  const answer = await readUserStatus(world.hub, backend, userId);
  return answer.ok && "payload" in answer ? answer.payload : answer;
}

describe("a user", () => {
  test("who is connected was seen just now, in so many sessions", async () => {
    const world = new ChatWorld();
    for (const connectionId of ["phone", "phone", "desk"]) world.connect(connectionId, null, ann);
    world.clock.advance(1234);
    const status = { userId: "ann", online: true, connections: 2, lastSeen: world.clock.now() };
    expect(await statusOf(world)).toEqual(status);
    expect(world.engine.asked.lastSeen).toBe(0);
  });

  test("who has gone was seen when the last socket closed, before and after that is stored", async () => {
    const world = new ChatWorld();
    const [phone, desk] = [world.connect("phone", null, ann), world.connect("desk", null, ann)];
    phone.vanish();
    world.clock.advance(5000);
    desk.vanish();
    const gone = { userId: "ann", online: false, connections: 0, lastSeen: world.clock.now() };
    expect(await statusOf(world)).toEqual(gone);
    expect(world.engine.asked.noteSeen).toBe(0);
    world.clock.advance(1000);
    await settle();
    expect(await statusOf(world)).toEqual(gone);
    expect([world.engine.asked.noteSeen, await world.engine.lastSeen("ann")]).toEqual([1, gone.lastSeen]);
  });

  test("who was never here was never seen", async () => {
    const status = { userId: "ann", online: false, connections: 0, lastSeen: null };
    expect(await statusOf(new ChatWorld())).toEqual(status);
  });

  test("who comes while it is read is online", async () => {
    const world = new ChatWorld();
    world.engine.pauseAnswers();
    const status = statusOf(world);
    world.connect("phone", null, ann);
    world.engine.resumeAnswers();
    expect(await status).toMatchObject({ online: true, lastSeen: world.clock.now() });
  });

  test("who comes and goes while it is read was seen then", async () => {
    const world = new ChatWorld();
    world.engine.pauseAnswers();
    const status = statusOf(world);
    world.connect("phone", null, ann).vanish();
    world.engine.resumeAnswers();
    expect(await status).toMatchObject({ online: false, lastSeen: world.clock.now() });
  });

  test("who is still there when the hub stops is remembered", async () => {
    const world = new ChatWorld();
    world.connect("phone", null, ann);
    world.hub.closeAll();
    world.hub.stop();
    await settle();
    expect(await world.engine.lastSeen("ann")).toBe(world.clock.now());
  });
});

describe("the status of a user", () => {
  const askers: [who: string, rights: Partial<Identity>, isTold: boolean][] = [
    ["an admin", { isAdmin: true }, true],
    ["a backend", { mayPublish: true }, true],
    ["anybody else", {}, false],
    ["the user", ann, false],
  ];
  test.each(askers)("asked for by %s", async (_, rights, isTold) => {
    const asker = { ...backend, mayPublish: false, ...rights };
    const answer = await readUserStatus(new ChatWorld().hub, asker, "ann");
    expect(answer).toMatchObject(isTold ? { ok: true } : { ok: false, code: "forbidden" });
  });

  test("is not known while the engine does not answer", async () => {
    const world = new ChatWorld();
    world.engine.failsWith = () => new EngineUnavailable("away");
    await expect(readUserStatus(world.hub, backend, "ann")).rejects.toBeInstanceOf(EngineUnavailable);
  });
});
