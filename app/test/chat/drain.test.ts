import { describe, expect, test } from "bun:test";
import { countTold, DrainWorld, isTold } from "../support/drain-world.ts";

const pace = { ratePerSecond: 20, graceMs: 5000 };

describe("a drain", () => {
  test("refuses handshakes from the first moment, and tells nobody yet", () => {
    const world = new DrainWorld();
    world.crowd(3);
    world.isEngineHealthy = false;
    expect(world.hub.drain.status()).toMatchObject({ state: "running", isPaused: false, remaining: 0 });
    expect([world.verdict(), world.hub.isDraining, world.hub.drain.state]).toEqual([null, false, "running"]);
    expect(world.hub.drain.begin(pace)).toBe("begun");
    expect([world.verdict(), world.hub.isDraining, world.hub.drain.state]).toEqual([
      "draining",
      true,
      "draining",
    ]);
    expect(countTold(world.clients)).toBe(0);
  });

  test("serves who has been told, joins and writes included, until the time is over", async () => {
    const world = new DrainWorld();
    const [client] = world.crowd(1);
    world.hub.drain.begin(pace);
    world.clock.advance(100);
    const joined = await client?.ask("join", { rooms: [{ room: "room:a" }] });
    const sent = await client?.ask("send_message", { room: "room:a", content: "late" });
    expect([joined?.payload.rooms, sent?.payload.seq]).toEqual([[expect.objectContaining({ ok: true })], 1]);
    expect(client?.socket.framesOf("goodbye")).toHaveLength(1);
  });

  test("closes with 1012, exactly when the time is over, who has not left", () => {
    const world = new DrainWorld();
    const [client] = world.crowd(1);
    world.hub.drain.begin(pace);
    world.clock.advance(50);
    expect(countTold(world.clients)).toBe(1);
    world.clock.advance(4999);
    expect(client?.socket.closedWith).toBeNull();
    world.clock.advance(1);
    expect(client?.socket.closedWith).toEqual({ code: 1012, reason: "restart" });
    expect(world.handovers).toEqual(["1 forced"]);
  });

  test("closes at the pace at which it told", () => {
    const world = new DrainWorld();
    world.crowd(60);
    world.hub.drain.begin(pace);
    world.clock.advance(5000);
    const left = Array.from({ length: 4 }, () => {
      world.clock.advance(1000);
      return world.hub.connectionCount;
    });
    expect(left).toEqual([40, 20, 0, 0]);
  });

  test("is drained when the last has left, and says what became of each", async () => {
    const world = new DrainWorld();
    const [moved, , vanished, flooding] = world.crowd(4);
    world.hub.drain.begin(pace);
    world.clock.advance(1000);
    moved?.socket.close(1000, "");
    vanished?.vanish();
    flooding?.connection.close("flooding");
    expect(world.hub.drain.status()).toEqual({
      state: "draining",
      isPaused: false,
      percent: 100,
      remaining: 1,
      told: 4,
      moved: 1,
      forced: 0,
      lost: 2,
    });
    world.clock.advance(5000);
    await world.hub.drain.drained;
    expect(world.hub.drain.status()).toMatchObject({ state: "drained", remaining: 0, forced: 1 });
    expect(world.handovers).toEqual(["1 moved", "1 lost", "1 lost", "1 forced"]);
    expect(world.verdict()).toBe("draining");
  });

  test("is drained at once where nobody is connected", async () => {
    const world = new DrainWorld();
    world.hub.drain.begin(pace);
    await world.hub.drain.drained;
    expect(world.hub.drain.state).toBe("drained");
  });

  test("counts nobody who left before being told", () => {
    const world = new DrainWorld();
    const [early] = world.crowd(2);
    world.hub.drain.begin(pace);
    early?.socket.close(1000, "");
    world.clock.advance(1000);
    expect(world.hub.drain.status()).toMatchObject({ told: 1, moved: 0, remaining: 1 });
  });

  test("asks the clock for nothing once it is drained or withdrawn, or the hub has stopped", () => {
    for (const end of ["drained", "withdrawn", "stopped"]) {
      const world = new DrainWorld();
      world.crowd(1);
      const timersBefore = world.clock.pendingTimers;
      world.hub.drain.begin(pace);
      if (end === "stopped") world.hub.stop();
      if (end === "withdrawn") world.hub.drain.undrain();
      world.clock.advance(10_000);
      expect(world.clock.pendingTimers).toBeLessThanOrEqual(timersBefore);
      expect(countTold(world.clients)).toBe(end === "drained" ? 1 : 0);
    }
  });
});

describe("who arrives during a drain, with a handshake from before it", () => {
  test("is greeted, then told like anybody else", () => {
    const world = new DrainWorld();
    world.hub.drain.begin(pace);
    const [late] = world.crowd(1);
    expect(world.hub.drain.status()).toMatchObject({ state: "draining", remaining: 1 });
    world.clock.advance(1000);
    expect(late?.socket.frames.map(({ type }) => type)).toEqual(["connection_established", "goodbye"]);
    world.clock.advance(5000);
    expect([late?.socket.closedWith?.code, world.hub.drain.state]).toEqual([1012, "drained"]);
  });

  test("is told at once where everybody was", () => {
    const world = new DrainWorld();
    world.crowd(1);
    world.hub.drain.sendAllAway(1000);
    const [late] = world.crowd(1);
    expect(late?.socket.frames.map(({ type }) => type)).toEqual(["connection_established", "goodbye"]);
  });
});

describe("who is to be closed for another reason", () => {
  test("is told nothing more, and takes nobody's turn", () => {
    const world = new DrainWorld();
    const replaced = world.crowd(10);
    const newer = replaced.map(({ connection }) => world.connect(connection.session.id));
    world.hub.drain.begin(pace);
    world.clock.advance(500);
    expect(countTold(newer)).toBe(10);
    world.clock.advance(4500);
    expect(
      replaced.map(({ socket }) => [socket.closedWith?.code, socket.framesOf("goodbye").length]),
    ).toEqual(new Array(10).fill([4501, 1]));
    expect(world.hub.drain.status()).toMatchObject({ told: 10, remaining: 10, lost: 0, moved: 0 });
  });
});

describe("while the engine is down", () => {
  test("nobody is told; then it goes on at the pace", () => {
    const world = new DrainWorld();
    world.crowd(60);
    world.hub.drain.begin(pace);
    world.clock.advance(1000);
    world.isEngineHealthy = false;
    expect(world.hub.drain.status()).toMatchObject({ state: "draining", isPaused: true });
    expect(world.toldPerSecond(3)).toEqual([0, 0, 0]);
    world.isEngineHealthy = true;
    expect(world.toldPerSecond(3)).toEqual([20, 20, 0]);
  });

  test("nobody is closed either: each has its whole time to move", () => {
    const world = new DrainWorld();
    world.crowd(1);
    world.hub.drain.begin(pace);
    world.clock.advance(1050);
    world.isEngineHealthy = false;
    world.clock.advance(60_000);
    expect(world.hub.connectionCount).toBe(1);
    world.isEngineHealthy = true;
    world.clock.advance(3999);
    expect(world.hub.connectionCount).toBe(1);
    world.clock.advance(1);
    expect(world.hub.connectionCount).toBe(0);
  });
});

describe("a part of the connections", () => {
  test("is what remains, not those who are left in peace", () => {
    const world = new DrainWorld();
    world.crowd(10);
    world.hub.drain.begin({ ...pace, percent: 30 });
    expect(world.hub.drain.status()).toMatchObject({ state: "draining", percent: 30, remaining: 3 });
    world.clock.advance(10_000);
    expect(world.hub.drain.status()).toMatchObject({ state: "draining", remaining: 0, forced: 3 });
    expect(world.hub.connectionCount).toBe(7);
    world.clients.find((each) => !isTold(each))?.vanish();
    expect(world.hub.drain.remaining).toBe(0);
    expect([world.hub.drain.begin({ ...pace, percent: 1 }), world.hub.drain.remaining]).toEqual([
      "changed",
      0,
    ]);
    expect(world.hub.drain.begin(pace)).toBe("changed");
    expect(world.hub.drain.remaining).toBe(6);
  });
});

describe("the last drain", () => {
  test("goes on at its own pace, whoever wants another or none", () => {
    const world = new DrainWorld();
    world.crowd(60);
    world.hub.drain.begin({ ...pace, percent: 1 });
    world.hub.drain.beginFinal(pace);
    expect([world.hub.drain.begin({ ...pace, ratePerSecond: 1 }), world.hub.drain.undrain()]).toEqual([
      "final",
      "final",
    ]);
    expect(world.toldPerSecond(4)).toEqual([20, 20, 20, 0]);
  });

  test("at once tells everybody in one turn, and again who was told to take longer", () => {
    const world = new DrainWorld();
    world.crowd(40);
    world.hub.drain.begin(pace);
    world.clock.advance(1000);
    world.hub.drain.sendAllAway(1000);
    expect(countTold(world.clients)).toBe(40);
    expect(world.clients.map(({ socket }) => socket.framesOf("goodbye").at(-1)?.payload.closesInMs)).toEqual(
      new Array(40).fill(1000),
    );
    expect(world.hub.drain.status()).toMatchObject({ told: 40, remaining: 40 });
  });
});

test("ten thousand are told in random order, each once, at the rate", () => {
  const world = new DrainWorld();
  world.crowd(10_000);
  world.hub.drain.begin({ ratePerSecond: 2000, graceMs: 60_000 });
  const goodbyes = () => world.sent.filter((type) => type === "goodbye").length;
  for (let second = 1; second <= 5; second += 1) {
    world.clock.advance(1000);
    expect(goodbyes()).toBe(2000 * second);
  }
  world.clock.advance(5000);
  expect([goodbyes(), countTold(world.clients)]).toEqual([10_000, 10_000]);
});
