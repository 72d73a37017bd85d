import { describe, expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import type { Redis } from "ioredis";
import { answerMs, RedisPipe } from "../../src/engine/redis-pipe.ts";

type Batch = readonly string[];
const forgotten = new Error("NOSCRIPT No matching script.");

/** A Redis whose answers are given by hand, batch by batch. */
class PlayedRedis extends EventEmitter {
  status = "ready";
  readonly batches: Batch[] = [];
  readonly #answers: PromiseWithResolvers<unknown[]>[] = [];

  pipeline() {
    const batch: string[] = [];
    return {
      call: (...args: string[]) => batch.push(args.join(" ")),
      exec: () => {
        this.batches.push(batch);
        const answer = Promise.withResolvers<unknown[]>();
        this.#answers.push(answer);
        return answer.promise;
      },
    };
  }

  /** The next batch's: an error, or what is answered. */
  async answer(...answers: (Error | string)[]): Promise<void> {
    const results = answers.map((each) => (each instanceof Error ? [each, null] : [null, each]));
    this.#answers.shift()?.resolve(results);
    await turn();
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

function world(bounds = { calls: 10, textUnits: 1000 }) {
  const redis = new PlayedRedis();
  const failures: string[] = [];
  let loads = 0;
  const owner = {
    failed: (error: Error) => failures.push(error.message),
    loadScripts: async () => {
      loads += 1;
    },
  };
  const pipe = new RedisPipe(redis as unknown as Redis, owner, bounds);
  const settled: string[] = [];
  const call = (about: string, ...args: [string, ...string[]]) =>
    pipe.call(about, args).then(
      (answer) => settled.push(`${args} ${answer}`),
      (error: Error) => settled.push(`${args} ${error.message}`),
    );
  return { redis, pipe, call, settled, failures, loads: () => loads };
}

describe("what is asked", () => {
  test("in one turn goes together, and what is asked meanwhile goes after the answer", async () => {
    const { redis, call, settled } = world();
    void call("a", "1");
    void call("b", "2");
    await turn();
    void call("a", "3");
    await turn();
    expect(redis.batches).toEqual([["1", "2"]]);
    await redis.answer("one", "two");
    expect(redis.batches).toEqual([["1", "2"], ["3"]]);
    await redis.answer("three");
    expect(settled).toEqual(["1 one", "2 two", "3 three"]);
  });

  test("is said once its turn has come, and the same again where Redis has forgotten the script", async () => {
    const { redis, pipe } = world();
    let said = 0;
    const answer = pipe.call("a", () => [`said ${++said}`]);
    expect(said).toBe(0);
    await turn();
    await redis.answer(forgotten);
    await redis.answer("one");
    expect([await answer, redis.batches]).toEqual(["one", [["said 1"], ["said 1"]]]);
  });

  test("and refused is refused alone", async () => {
    const { redis, call, settled } = world();
    for (const name of ["1", "2"]) void call("a", name);
    await turn();
    await redis.answer(new Error("OOM"), "two");
    expect(settled).toEqual(["1 OOM", "2 two"]);
  });
});

describe("a script that Redis has forgotten", () => {
  test("is loaded, and asked for before anything else", async () => {
    const { redis, call, settled, loads } = world();
    for (const name of ["1", "2"]) void call("a", name);
    await turn();
    void call("a", "3");
    await redis.answer(forgotten, forgotten);
    expect([loads(), redis.batches.at(-1)]).toEqual([1, ["1", "2"]]);
    await redis.answer("one", "two");
    await redis.answer("three");
    expect(settled).toEqual(["1 one", "2 two", "3 three"]);
  });

  test("is not asked for again after a later call about the same: somebody else has loaded it", async () => {
    const { redis, call, settled } = world();
    for (const [about, name] of [
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
    ] as const)
      void call(about, name);
    await turn();
    await redis.answer(forgotten, forgotten, "three");
    expect(redis.batches.at(-1)).toEqual(["2"]);
    await redis.answer("two");
    expect(settled).toEqual([`1 ${forgotten.message}`, "3 three", "2 two"]);
  });

  test("twice is refused", async () => {
    const { redis, call, settled, loads } = world();
    void call("a", "1");
    await turn();
    await redis.answer(forgotten);
    await redis.answer(forgotten);
    expect([loads(), settled]).toEqual([1, [`1 ${forgotten.message}`]]);
  });
});

describe("an answer that is overdue", () => {
  test("all are refused until it comes", async () => {
    const { redis, call, settled, failures } = world();
    const first = call("a", "1");
    await turn();
    void call("a", "2");
    const startedAt = performance.now();
    await first;
    expect(performance.now() - startedAt).toBeGreaterThan(answerMs - 10);
    expect(performance.now() - startedAt).toBeLessThan(2 * answerMs);
    await call("a", "3");
    const late = `Redis did not answer within ${answerMs} ms`;
    expect([settled, failures]).toEqual([[`1 ${late}`, `2 ${late}`, `3 ${late}`], [late]]);
    await redis.answer("one");
    void call("a", "4");
    await turn();
    await redis.answer("four");
    expect([redis.batches, settled.at(-1)]).toEqual([[["1"], ["4"]], "4 four"]);
  });
});

test("an answer that came while this process was held up is none that is overdue", async () => {
  const { redis, call, settled, failures } = world();
  void call("a", "1");
  await turn();
  setTimeout(() => redis.answer("one"), answerMs);
  Bun.sleepSync(answerMs + 10);
  await Bun.sleep(50);
  expect([settled, failures]).toEqual([["1 one"], []]);
});

describe("a connection that is lost", () => {
  test("takes with it what was under way and what waited", async () => {
    const { redis, call, settled } = world();
    void call("a", "1");
    await turn();
    void call("a", "2");
    redis.emit("close");
    await turn();
    const lost = "the connection to Redis was closed";
    expect(settled).toEqual([`1 ${lost}`, `2 ${lost}`]);
    await redis.answer("one");
    void call("a", "3");
    await turn();
    expect(redis.batches).toEqual([["1"], ["3"]]);
  });

  test("and is not back: nothing is kept for later", async () => {
    const { redis, call, settled } = world();
    redis.status = "reconnecting";
    await call("a", "1");
    redis.status = "ready";
    await turn();
    expect([settled, redis.batches]).toEqual([["1 Redis is not connected"], []]);
  });
});

describe("bounds", () => {
  const cases: [what: string, bounds: { calls: number; textUnits: number }, taken: number][] = [
    ["calls", { calls: 3, textUnits: 1000 }, 3],
    ["text", { calls: 10, textUnits: 20 }, 2],
  ];
  test.each(cases)("more %s than may wait is refused at once", async (_, bounds, taken) => {
    const { redis, call, settled } = world(bounds);
    for (let count = 0; count < 5; count += 1) void call("a", "0123456789");
    await turn();
    expect(redis.batches.map((batch) => batch.length)).toEqual([taken]);
    expect(settled).toHaveLength(5 - taken);
    void call("a", "1");
    await redis.answer(...Array(taken).fill("ok"));
    expect(redis.batches.at(-1)).toEqual(["1"]);
  });
});

test("what is urgent goes before what waits, and is refused with it", async () => {
  const { redis, pipe, call } = world();
  void call("a", "under way");
  await turn();
  void call("a", "1");
  const answered = pipe.call("b", ["now"], true);
  await redis.answer("ok");
  expect(redis.batches.at(-1)).toEqual(["now", "1"]);
  await redis.answer("at once", "one");
  expect(await answered).toBe("at once");
  void call("a", "2");
  await turn();
  const refused = pipe.call("b", ["now"], true);
  redis.emit("close");
  await expect(refused).rejects.toThrow("was closed");
});

test("is idle once everything is answered", async () => {
  const { redis, pipe, call } = world();
  await pipe.idle();
  void call("a", "1");
  let isIdle = false;
  void pipe.idle().then(() => {
    isIdle = true;
  });
  await turn();
  expect(isIdle).toBe(false);
  await redis.answer("one");
  expect(isIdle).toBe(true);
});
