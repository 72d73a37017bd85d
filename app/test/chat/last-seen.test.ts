import { describe, expect, test } from "bun:test";
import type { Seen } from "../../src/chat/engine-people.ts";
import { LastSeen } from "../../src/chat/last-seen.ts";
import { noopLog } from "../../src/telemetry/log.ts";
import { ManualClock } from "../support/manual-clock.ts";

interface Store {
  readonly seen: readonly Seen[];
  finish(): void;
  fail(error: Error): void;
}

/** An engine whose stores end when they are told to. */
function standalone(waitingMax?: number) {
  const clock = new ManualClock();
  const stores: Store[] = [];
  const logged: unknown[] = [];
  const noteSeen = (seen: readonly Seen[]) =>
    new Promise<void>((finish, fail) => stores.push({ seen, finish, fail }));
  const log = { ...noopLog, warn: (_: string, fields?: object) => void logged.push(fields) };
  const lastSeen = new LastSeen({ engine: { noteSeen }, clock, log }, waitingMax);
  return { clock, stores, logged, lastSeen };
}

const usersIn = (store: Store | undefined) => store?.seen.map(({ userId }) => userId);

describe("when users were last seen", () => {
  test("is handed on together, the latest of each, in the order of the users", () => {
    const { clock, stores, lastSeen } = standalone();
    for (const userId of ["a", "b", "a"]) {
      lastSeen.note(userId);
      clock.advance(10);
    }
    lastSeen.sweep();
    const at = clock.now();
    expect(stores.map(({ seen }) => seen)).toEqual([
      [
        { userId: "a", at: at - 10 },
        { userId: "b", at: at - 20 },
      ],
    ]);
  });

  test("asks nothing of the engine while there is nothing new", async () => {
    const { stores, lastSeen } = standalone();
    lastSeen.sweep();
    await lastSeen.flush();
    expect(stores).toEqual([]);
  });

  test("waits for the engine, unless everything has to go", async () => {
    const { stores, lastSeen } = standalone();
    lastSeen.note("a");
    lastSeen.sweep();
    lastSeen.note("b");
    lastSeen.sweep();
    expect(stores.map(usersIn)).toEqual([["a"]]);
    void lastSeen.flush();
    expect(stores.map(usersIn)).toEqual([["a"], ["b"]]);
  });

  test("is known before the engine knows it, the latest first", async () => {
    const { clock, stores, lastSeen } = standalone();
    expect(lastSeen.of("a")).toBeNull();
    lastSeen.note("a");
    expect(lastSeen.of("a")).toBe(clock.now());
    const stored = lastSeen.flush();
    expect(lastSeen.of("a")).toBe(clock.now());
    clock.advance(10);
    lastSeen.note("a");
    expect(lastSeen.of("a")).toBe(clock.now());
    void lastSeen.flush();
    expect(lastSeen.of("a")).toBe(clock.now());
    stores[0]?.finish();
    await stored;
    expect(lastSeen.of("a")).toBe(clock.now());
    expect(lastSeen.of("b")).toBeNull();
  });

  test("is dropped when it cannot be stored; the first failure in a row is logged", async () => {
    const { stores, logged, lastSeen } = standalone();
    const store = async (end: (store: Store | undefined) => void) => {
      lastSeen.note("a");
      const flushed = lastSeen.flush();
      end(stores.at(-1));
      await flushed;
      expect(lastSeen.of("a")).toBeNull();
    };
    const error = new Error("away");
    for (let failure = 0; failure < 3; failure += 1) await store((last) => last?.fail(error));
    expect(logged).toEqual([{ stage: "last_seen", error }]);
    await store((last) => last?.finish());
    await store((last) => last?.fail(error));
    expect(logged.length).toBe(2);
  });

  test("is handed on early when as many wait as may", () => {
    const { stores, lastSeen } = standalone(3);
    for (const userId of ["a", "b", "c"]) lastSeen.note(userId);
    expect(stores.map(usersIn)).toEqual([["a", "b", "c"]]);
  });

  test("of the longest gone is forgotten past the bound while the engine is busy", () => {
    const { stores, lastSeen } = standalone(40);
    lastSeen.note("first");
    void lastSeen.flush();
    for (let index = 0; index < 41; index += 1) lastSeen.note(`u${index}`);
    void lastSeen.flush();
    const kept = Array.from({ length: 39 }, (_, index) => `u${index + 2}`);
    expect(usersIn(stores[1])).toEqual(kept.toSorted());
  });
});
