import { describe, expect, test } from "bun:test";
import { drainForShutdown } from "../src/drain.ts";
import type { LogEvent } from "../src/telemetry/log.ts";
import { settle } from "./support/chat-world.ts";
import { countTold, DrainWorld } from "./support/drain-world.ts";

const pace = { ratePerSecond: 20, graceMs: 5000, deadlineMs: 30_000 };

/** A server of that many connections that is told to end. */
function shutDown(connections: number, hasSuccessor: () => Promise<boolean>, deadlineMs = pace.deadlineMs) {
  const world = new DrainWorld();
  const clients = world.crowd(connections);
  const deadlines: number[] = [];
  const warnings: LogEvent[] = [];
  let endedAt: number | null = null;
  const { hub, clock } = world;
  const startedAt = clock.now();
  const start = () =>
    drainForShutdown({
      hub,
      others: { hasSuccessor },
      clock,
      log: { warn: (event) => warnings.push(event) },
      pace: { ...pace, deadlineMs },
      onPaced: (deadlineMs) => deadlines.push(deadlineMs),
    }).then(() => {
      endedAt = clock.now() - startedAt;
    });
  /** The time goes by in steps, and what waits for it goes on in between. */
  const pass = async (ms: number) => {
    await settle();
    for (let passed = 0; passed < ms; passed += 250) {
      clock.advance(Math.min(250, ms - passed));
      await settle();
    }
  };
  return { world, clients, deadlines, warnings, pass, start, endedAt: () => endedAt };
}

const newest = ({ clients }: Pick<ReturnType<typeof shutDown>, "clients">) =>
  clients.map(({ socket }) => socket.framesOf("goodbye").at(-1)?.payload.closesInMs);

describe("where nobody takes over", () => {
  const answers: [what: string, hasSuccessor: () => Promise<boolean>][] = [
    ["no instance is ready", async () => false],
    ["it cannot be found out", () => Promise.reject(new Error("down"))],
  ];
  test.each(answers)("since %s, everybody is told at once and closed a second later", async (_, answer) => {
    const shutdown = shutDown(100, answer);
    void shutdown.start();
    await settle();
    expect(newest(shutdown)).toEqual(new Array(100).fill(1000));
    shutdown.world.clock.advance(999);
    expect(shutdown.world.hub.connectionCount).toBe(100);
    await shutdown.pass(250);
    expect(shutdown.clients.map(({ socket }) => socket.closedWith)).toEqual(
      new Array(100).fill({ code: 1012, reason: "restart" }),
    );
    expect([shutdown.endedAt(), shutdown.deadlines]).toEqual([1249, []]);
  });

  test("it ends as soon as the last has left", async () => {
    const shutdown = shutDown(2, async () => false);
    void shutdown.start();
    await settle();
    for (const { socket } of shutdown.clients) socket.close(1000, "");
    await settle();
    expect(shutdown.endedAt()).toBe(0);
  });

  test("half a second is enough to find out; meanwhile nobody comes in, and nobody is told", async () => {
    const shutdown = shutDown(100, () => new Promise(() => {}));
    void shutdown.start();
    expect(shutdown.world.hub.isDraining).toBe(true);
    shutdown.world.clock.advance(499);
    await settle();
    expect(countTold(shutdown.clients)).toBe(0);
    shutdown.world.clock.advance(1);
    await settle();
    expect(newest(shutdown)).toEqual(new Array(100).fill(1000));
  });

  test("a client whose close is never confirmed holds nothing up", async () => {
    const shutdown = shutDown(1, async () => false);
    for (const { socket } of shutdown.clients) socket.onClosed = () => {};
    void shutdown.start();
    await shutdown.pass(1500);
    expect(shutdown.endedAt()).toBe(1500);
  });
});

describe("where another instance takes over", () => {
  test("clients are told at the pace, and it ends when the last has moved", async () => {
    const shutdown = shutDown(30, async () => true);
    void shutdown.start();
    await shutdown.pass(1000);
    expect([countTold(shutdown.clients), shutdown.deadlines]).toEqual([20, [30_000]]);
    await shutdown.pass(500);
    expect(newest(shutdown)).toEqual(new Array(30).fill(5000));
    expect(shutdown.endedAt()).toBeNull();
    for (const { socket } of shutdown.clients) socket.close(1000, "");
    await settle();
    expect(shutdown.endedAt()).toBe(1500);
  });

  test("everybody has the whole grace before the deadline, or is closed", async () => {
    const shutdown = shutDown(2000, async () => true);
    void shutdown.start();
    await shutdown.pass(23_250);
    expect(countTold(shutdown.clients)).toBeLessThan(2000);
    await shutdown.pass(250);
    expect(countTold(shutdown.clients)).toBe(2000);
    await shutdown.pass(5000);
    expect(shutdown.world.hub.drain.status()).toMatchObject({ state: "drained", forced: 2000 });
    expect(shutdown.endedAt()).toBe(28_500);
    expect(new Set(shutdown.world.closeCodes)).toEqual(new Set([1012]));
  });

  test("an engine that stays down until the deadline keeps nobody from being told", async () => {
    const shutdown = shutDown(50, async () => true);
    shutdown.world.isEngineHealthy = false;
    void shutdown.start();
    await shutdown.pass(28_250);
    expect(countTold(shutdown.clients)).toBe(0);
    await shutdown.pass(250);
    expect(newest(shutdown)).toEqual(new Array(50).fill(1000));
    await shutdown.pass(1000);
    expect([shutdown.endedAt(), shutdown.world.hub.connectionCount]).toEqual([29_500, 0]);
  });

  test("a drain that was under way in part goes on with everybody, and is not taken back", async () => {
    const shutdown = shutDown(40, async () => true);
    const { drain } = shutdown.world.hub;
    drain.begin({ ...pace, percent: 10 });
    await shutdown.pass(1000);
    expect(countTold(shutdown.clients)).toBe(4);
    void shutdown.start();
    await shutdown.pass(2000);
    expect([countTold(shutdown.clients), drain.undrain()]).toEqual([40, "final"]);
  });
});

describe("where another instance takes over, and then none does", () => {
  /** Clients are told at a pace that takes longer than any of this. */
  const answering = (answers: (boolean | "error" | "silence")[], deadlineMs?: number) => {
    const answer = async () => {
      const next = answers.shift() ?? true;
      if (next === "silence") return new Promise<boolean>(() => {});
      if (next === "error") throw new Error("down");
      return next;
    };
    return shutDown(100, answer, deadlineMs);
  };

  test("everybody is told at once, also who had been told already, and closed a second later", async () => {
    const shutdown = answering([true, true, false, false]);
    void shutdown.start();
    await shutdown.pass(2750);
    expect([countTold(shutdown.clients), shutdown.warnings]).toEqual([55, []]);
    await shutdown.pass(250);
    expect(newest(shutdown)).toEqual(new Array(100).fill(1000));
    expect(shutdown.warnings).toEqual(["drain.abandoned"]);
    await shutdown.pass(1000);
    expect([shutdown.endedAt(), shutdown.world.hub.connectionCount]).toEqual([4000, 0]);
  });

  const passing: [what: string, answers: (boolean | "error" | "silence")[]][] = [
    ["another follows within a second", [true, false, true, false, true, false]],
    ["it cannot be found out", [true, "error", "error", "error"]],
    ["it cannot be found out in time", [true, "silence", "silence", "silence"]],
    ["it cannot be found out in between", [true, false, "error", false]],
  ];
  test.each(passing)("the pace is kept where %s", async (_, answers) => {
    const shutdown = answering(answers);
    void shutdown.start();
    await shutdown.pass(4750);
    expect([countTold(shutdown.clients), shutdown.warnings]).toEqual([95, []]);
  });

  test("an answer that does not come delays the deadline by nothing", async () => {
    const shutdown = answering([true, ...new Array<"silence">(100).fill("silence")], 29_750);
    shutdown.world.isEngineHealthy = false;
    void shutdown.start();
    await shutdown.pass(29_250);
    expect(shutdown.endedAt()).toBe(29_250);
  });
});

test("a server without clients ends at once, and leaves no timer behind", async () => {
  for (const hasSuccessor of [true, false]) {
    const { world, start, endedAt } = shutDown(0, async () => hasSuccessor);
    const timersBefore = world.clock.pendingTimers;
    void start();
    await settle();
    expect([endedAt(), world.clock.pendingTimers]).toEqual([0, timersBefore]);
  }
});
