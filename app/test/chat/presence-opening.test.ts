import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { ChatInstances } from "../support/chat-instances.ts";
import { settle } from "../support/chat-world.ts";
import { enter, holdReads, listedAt, room, toldTo } from "../support/watched-room.ts";

describe("an instance that begins to follow a room", () => {
  const scattered = async () => {
    const instances = new ChatInstances();
    const [a, b] = [instances.start("a"), instances.start("b")];
    const phone = await enter(a);
    await settle();
    return { instances, a, b, phone };
  };

  test("answers who joins at once with all who are there", async () => {
    const { b } = await scattered();
    const bob = b.connect();
    bob.send("join", { rooms: [{ room }] });
    const { payload } = await bob.ask("presence", { room });
    expect([payload.total, toldTo(bob)]).toEqual([2, []]);
  });

  test("tells nobody of who is there already and comes here as well", async () => {
    const { b, instances } = await scattered();
    const watcher = await b.join(room, "watcher");
    await enter(b, "desk");
    await settle();
    instances.clock.advance(20_000);
    expect(toldTo(watcher)).toEqual([]);
  });

  test("lets who has just left elsewhere come back untold", async () => {
    const { b, phone } = await scattered();
    phone.vanish();
    const watcher = await b.join(room, "watcher");
    expect(await listedAt(b)).toEqual({ users: ["ann 0", "user-watcher 1"], total: 2 });
    await enter(b);
    expect(toldTo(watcher)).toEqual([]);
  });

  test("tells of who left just before and does not come back, once", async () => {
    const { instances, b, phone } = await scattered();
    phone.vanish();
    instances.clock.advance(3000);
    const watcher = await b.join(room, "watcher");
    instances.clock.advance(20_000);
    expect([toldTo(watcher), (await listedAt(b)).total]).toEqual([["-ann"], 1]);
  });

  test("forgets what it was told when its own members have left", async () => {
    const { instances, a, b, phone } = await scattered();
    (await b.join(room, "watcher")).vanish();
    await settle();
    expect([b.hub.presence.total(room), (await listedAt(b)).total]).toEqual([1, 2]);
    phone.vanish();
    await settle();
    instances.clock.advance(6000);
    expect([a, b].map((world) => world.hub.presence.total(room))).toEqual([0, 0]);
  });

  test("lets nobody in while it is not known who is there", async () => {
    const { instances, b } = await scattered();
    const { others } = b.hub.context.engine;
    const { presenceElsewhere } = others;
    others.presenceElsewhere = () => Promise.reject(new EngineUnavailable("away"));
    const bob = b.connect();
    const { payload } = await bob.ask("join", { rooms: [{ room }] });
    expect(payload.rooms).toMatchObject([{ room, ok: false, code: "unavailable" }]);
    expect((await bob.ask("presence", { room })).payload.code).toBe("unavailable");
    others.presenceElsewhere = presenceElsewhere;
    await bob.ask("join", { rooms: [{ room }] });
    expect((await listedAt(b)).total).toBe(2);
    instances.clock.advance(20_000);
    expect(toldTo(bob)).toEqual([]);
  });

  test("tries again where that could not be read, and forgets the room where nobody does", async () => {
    const { b } = await scattered();
    const { engine } = b.hub.context;
    const { head } = engine;
    const { presenceElsewhere } = engine.others;
    const read = Promise.withResolvers<never>();
    engine.others.presenceElsewhere = () => read.promise;
    engine.head = () => Promise.reject(new EngineUnavailable("away"));
    const bob = b.connect();
    await bob.ask("join", { rooms: [{ room }] });
    expect(b.hub.presence.roomCount).toBe(0);
    engine.head = head;
    engine.others.presenceElsewhere = presenceElsewhere;
    await bob.ask("join", { rooms: [{ room }] });
    read.reject(new EngineUnavailable("away"));
    await settle();
    expect((await listedAt(b)).total).toBe(2);
  });

  test("does not mind an answer to a question that it asked before", async () => {
    const { instances, b, phone } = await scattered();
    phone.vanish();
    const { engine } = b.hub.context;
    const { head } = engine;
    const asked = holdReads(b);
    engine.head = () => Promise.reject(new EngineUnavailable("away"));
    const bob = b.connect();
    await bob.ask("join", { rooms: [{ room }] });
    engine.head = head;
    bob.send("join", { rooms: [{ room }] });
    await settle();
    expect(asked.length).toBe(2);
    for (const answer of asked.reverse()) answer();
    await settle();
    expect(await listedAt(b)).toEqual({ users: ["ann 0", "user-c1 1"], total: 2 });
    instances.clock.advance(20_000);
    expect(toldTo(bob)).toEqual(["-ann"]);
  });
});

describe("what changes while an instance reads who is in a room", () => {
  const reading = async () => {
    const instances = new ChatInstances();
    const [a, b] = [instances.start("a"), instances.start("b")];
    const phone = await enter(a);
    const { others } = b.hub.context.engine;
    const { presenceElsewhere } = others;
    const asked = holdReads(b);
    const watcher = b.connect("watcher");
    watcher.send("join", { rooms: [{ room }] });
    await settle();
    const finish = async () => {
      others.presenceElsewhere = presenceElsewhere;
      for (const answer of asked) answer();
      await settle();
    };
    return { instances, a, b, phone, watcher, finish };
  };

  test("counts, whatever was read", async () => {
    const { a, b, phone, watcher, finish } = await reading();
    await enter(a, "desk");
    await enter(a, "cy", { id: "cy", name: "Cy", image: null });
    await settle();
    await finish();
    expect(await listedAt(b)).toEqual({ users: ["ann 2", "cy 1", "user-watcher 1"], total: 3 });
    phone.vanish();
    await settle();
    expect([(await listedAt(b)).users[0], toldTo(watcher)]).toEqual(["ann 1", []]);
  });

  test("to somebody's leave is told after the grace", async () => {
    const { instances, b, phone, watcher, finish } = await reading();
    phone.vanish();
    await settle();
    await finish();
    expect(await listedAt(b)).toEqual({ users: ["ann 0", "user-watcher 1"], total: 2 });
    instances.clock.advance(20_000);
    expect(toldTo(watcher)).toEqual(["-ann"]);
  });

  test("to the death of an instance counts for all who were there", async () => {
    const { instances, b, watcher, finish } = await reading();
    instances.shared.kill("a");
    await finish();
    expect(await listedAt(b)).toEqual({ users: ["ann 0", "user-watcher 1"], total: 2 });
    instances.clock.advance(20_000);
    expect(toldTo(watcher)).toEqual(["-ann"]);
  });

  test("is of no matter to who gave up and joined again", async () => {
    const { b, watcher, finish } = await reading();
    watcher.vanish();
    await finish();
    expect(b.hub.presence.isFollowed(room)).toBe(false);
    expect(await listedAt(b)).toEqual({ users: ["ann 1"], total: 1 });
  });
});
