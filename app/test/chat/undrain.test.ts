import { describe, expect, test } from "bun:test";
import { DrainWorld, isTold } from "../support/drain-world.ts";

const pace = { ratePerSecond: 20, graceMs: 5000 };

describe("undrain", () => {
  test("lets everybody stay who was told to go, and tells nobody else anything", () => {
    const world = new DrainWorld();
    world.crowd(40);
    world.hub.drain.begin(pace);
    world.clock.advance(1000);
    const [told, untold] = [world.clients.filter(isTold), world.clients.filter((each) => !isTold(each))];
    told[0]?.socket.close(1000, "");
    expect(world.hub.drain.undrain()).toBe("undrained");
    world.clock.advance(60_000);
    expect(told.slice(1).map(({ socket }) => socket.framesOf("goodbye", "stay").at(-1)?.type)).toEqual(
      new Array(19).fill("stay"),
    );
    expect(untold.flatMap(({ socket }) => socket.framesOf("goodbye", "stay"))).toEqual([]);
    expect([world.hub.connectionCount, world.hub.drain.state]).toEqual([39, "running"]);
    expect(world.handovers).toEqual(["1 moved", "19 stayed"]);
  });

  test("accepts handshakes again, a session's second socket included", () => {
    const world = new DrainWorld();
    const [older] = world.crowd(1);
    world.hub.drain.begin(pace);
    world.clock.advance(1000);
    world.hub.drain.undrain();
    expect([world.verdict(), world.hub.isDraining, world.hub.drain.remaining]).toEqual([null, false, 0]);
    world.connect(older?.connection.session.id);
    expect(older?.socket.framesOf("goodbye").map(({ payload }) => payload.reason)).toEqual([
      "draining",
      "replaced",
    ]);
  });

  test("keeps nobody who is to be closed for another reason", () => {
    const world = new DrainWorld();
    const [replaced] = world.crowd(1);
    world.hub.drain.begin(pace);
    world.connect(replaced?.connection.session.id);
    world.connect(replaced?.connection.session.id);
    world.hub.drain.undrain();
    expect(replaced?.socket.closedWith?.code).toBe(4501);
    expect(replaced?.socket.framesOf("stay")).toEqual([]);
  });

  test("forgets the drain: the next begins anew", () => {
    const world = new DrainWorld();
    world.crowd(10);
    world.hub.drain.begin({ ...pace, percent: 50 });
    world.clock.advance(1000);
    world.clients.find(isTold)?.socket.close(1000, "");
    world.hub.drain.undrain();
    expect(world.hub.drain.begin(pace)).toBe("begun");
    expect(world.hub.drain.status()).toMatchObject({ percent: 100, told: 0, moved: 0, remaining: 9 });
    world.clock.advance(10_000);
    expect(world.hub.drain.state).toBe("drained");
  });

  test("of a server that does not drain does nothing", () => {
    const world = new DrainWorld();
    world.crowd(1);
    expect(world.hub.drain.undrain()).toBe("not_draining");
    expect(world.handovers).toEqual([]);
  });

  test("brings a drained server back, which can be drained again", async () => {
    const world = new DrainWorld();
    world.hub.drain.begin(pace);
    expect([world.hub.drain.undrain(), world.verdict()]).toEqual(["undrained", null]);
    world.crowd(1);
    world.hub.drain.begin(pace);
    expect(Bun.peek.status(world.hub.drain.drained)).toBe("pending");
    world.clock.advance(6000);
    await world.hub.drain.drained;
  });
});
