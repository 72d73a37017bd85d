import { expect, spyOn, test } from "bun:test";
import { Emitter } from "../../client/emitter.ts";

class Ticker extends Emitter<{ tick: number; tock: string }> {
  /** How many listeners were taken off. */
  stopped = 0;

  override on<T extends "tick" | "tock">(
    type: T,
    listener: (event: { tick: number; tock: string }[T]) => void,
  ) {
    const stop = super.on(type, listener);
    return () => {
      this.stopped += 1;
      stop();
    };
  }

  tick(...numbers: number[]): void {
    for (const number of numbers) this.emit("tick", number);
  }
}

test("tells every listener in turn, until it is taken off", () => {
  const ticker = new Ticker();
  const heard: string[] = [];
  const stop = ticker.on("tick", (tick) => heard.push(`a${tick}`));
  ticker.on("tick", (tick) => heard.push(`b${tick}`));
  ticker.on("tock", (tock) => heard.push(tock));
  ticker.tick(1);
  stop();
  ticker.tick(2);
  expect(heard).toEqual(["a1", "b1", "b2"]);
});

test("a listener that throws keeps nothing from the others, and is not silenced", () => {
  const deferred: (() => void)[] = [];
  using _queue = spyOn(globalThis, "queueMicrotask").mockImplementation((run) => void deferred.push(run));
  const ticker = new Ticker();
  const heard: number[] = [];
  ticker.on("tick", () => {
    throw new Error("mine");
  });
  ticker.on("tick", (tick) => heard.push(tick));
  ticker.tick(1);
  expect(heard).toEqual([1]);
  expect(deferred).toHaveLength(1);
  expect(deferred[0]).toThrow("mine");
});

test("a loop gets what comes from its making on, and hears no more when it is left", async () => {
  const ticker = new Ticker();
  const ticks = ticker.events("tick");
  ticker.tick(1, 2);
  const heard: number[] = [];
  for await (const tick of ticks) {
    heard.push(tick);
    if (tick === 2) queueMicrotask(() => ticker.tick(3));
    if (tick === 3) break;
  }
  expect(ticker.stopped).toBe(1);
  ticker.tick(4);
  expect([heard, await ticks.next()]).toEqual([[1, 2, 3], { done: true, value: undefined }]);
});

test("a loop that is too slow gets what could wait, and is told that there was more", async () => {
  const ticker = new Ticker();
  const ticks = ticker.events("tick", 2);
  ticker.tick(1, 2, 3, 4);
  expect([(await ticks.next()).value, (await ticks.next()).value]).toEqual([1, 2]);
  await expect(ticks.next()).rejects.toMatchObject({ code: "overflow" });
});

test("as many as may wait are no overflow", async () => {
  const ticker = new Ticker();
  const ticks = ticker.events("tick", 2);
  ticker.tick(1, 2);
  await ticks.next();
  ticker.tick(3);
  expect([(await ticks.next()).value, (await ticks.next()).value]).toEqual([2, 3]);
});
