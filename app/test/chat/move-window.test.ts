import { describe, expect, test } from "bun:test";
import type { Client } from "../support/chat-world.ts";
import { DrainWorld } from "../support/drain-world.ts";

const pace = { ratePerSecond: 200, graceMs: 15_000 };
const stepMs = 50;

/** Takes those who were told, one after the other, and no more than so many per second. */
class NextServer {
  perSecond: number;
  /** How long each takes to come over, in steps. */
  delay = 0;
  readonly #world: DrainWorld;
  readonly #untold: Set<Client>;
  readonly #queue: [client: Client, at: number][] = [];
  #credit = 0;
  #steps = 0;

  constructor(world: DrainWorld, movers: readonly Client[], perSecond: number) {
    this.#world = world;
    this.#untold = new Set(movers);
    this.perSecond = perSecond;
  }

  /** How many were told in each of the next seconds. */
  run(seconds: number): number[] {
    return Array.from({ length: seconds }, () => {
      const { told } = this.#world.hub.drain.status();
      for (let step = 0; step < 1000 / stepMs; step += 1) this.#step();
      return this.#world.hub.drain.status().told - told;
    });
  }

  #step(): void {
    this.#steps += 1;
    this.#world.clock.advance(stepMs);
    for (const client of this.#untold) {
      if (client.connection.goodbye === null) continue;
      this.#untold.delete(client);
      this.#queue.push([client, this.#steps]);
    }
    this.#credit = Math.min(this.perSecond, this.#credit + (this.perSecond * stepMs) / 1000);
    for (; this.#credit >= 1 && this.#isDue(); this.#credit -= 1)
      this.#queue.shift()?.[0].socket.close(1000, "");
  }

  #isDue(): boolean {
    const [, at = Number.POSITIVE_INFINITY] = this.#queue[0] ?? [];
    return at + this.delay <= this.#steps;
  }
}

function drain(count: number, moversShare: number, perSecond: number) {
  const world = new DrainWorld();
  const clients = world.crowd(count);
  const movers = clients.filter((_, index) => index % 10 < moversShare * 10);
  const next = new NextServer(world, movers, perSecond);
  world.hub.drain.begin(pace);
  return { world, next };
}

describe("a next server that is as fast as the pace", () => {
  test.each([1, 0.6, 0.1])("gets all of it where a share of %d knows how to move", (share) => {
    const { next } = drain(2000, share, 1000);
    expect(next.run(11)).toEqual([...new Array(10).fill(200), 0]);
  });

  test("gets all of a slow pace, also where half do not know how to", () => {
    const { next, world } = drain(300, 0.5, 1000);
    world.hub.drain.begin({ ...pace, ratePerSecond: 1 });
    expect(next.run(60)).toEqual(new Array(60).fill(1));
  });

  test("gets all of it where nobody knows how to", () => {
    const { next, world } = drain(4000, 0, 1000);
    expect(next.run(20)).toEqual(new Array(20).fill(200));
    expect(next.run(16).every((told) => told === 0)).toBe(true);
    expect(world.hub.drain.status()).toMatchObject({ state: "drained", forced: 4000 });
  });
});

describe("a next server that is slower", () => {
  test.each([100, 60, 30])("but takes %i per second gets no more than it can take in time", (perSecond) => {
    const { next, world } = drain(1800, 1, perSecond);
    next.run(1800 / perSecond + 40);
    expect(world.hub.drain.status()).toMatchObject({ state: "drained", moved: 1800, forced: 0 });
  });

  test("gets the whole pace again once it is faster", () => {
    const { next } = drain(10_000, 1, 5);
    next.run(60);
    next.perSecond = 1000;
    next.delay = 8;
    const [first, ...told] = next.run(12);
    expect(first).toBeLessThan(100);
    expect(told.slice(5)).toEqual(new Array(6).fill(200));
  });

  test("costs those their time who do not know how to move, and only those", () => {
    const { next, world } = drain(2000, 0.6, 60);
    next.run(36);
    expect(world.hub.drain.status()).toMatchObject({ state: "drained", moved: 1200, forced: 800 });
  });

  test("that stands still is sent nobody until it goes on", () => {
    const { next, world } = drain(2000, 1, 1000);
    next.run(2);
    next.perSecond = 0;
    const told = next.run(10);
    expect(told.slice(4)).toEqual(new Array(6).fill(0));
    next.perSecond = 1000;
    next.run(20);
    expect(world.hub.drain.status()).toMatchObject({ state: "drained", moved: 2000, forced: 0 });
  });

  test("has a deadline kept all the same", () => {
    const world = new DrainWorld();
    const next = new NextServer(world, world.crowd(2000), 20);
    world.hub.drain.begin({ ...pace, deadlineMs: 30_000 });
    next.run(31);
    expect(world.hub.drain.state).toBe("drained");
  });
});
