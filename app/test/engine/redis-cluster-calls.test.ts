import { describe, expect, test } from "bun:test";
import { slotOfKey } from "../../src/engine/key-slot.ts";
import { RedisClusterCalls } from "../../src/engine/redis-cluster-calls.ts";
import type { RedisNode } from "../../src/engine/redis-node.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { until } from "./until.ts";

interface Asked {
  readonly what: string;
  answer(text: string): void;
  refuse(message: string): void;
}

/** A node whose answers are given by hand. */
class PlayedNode {
  readonly asked: Asked[] = [];
  readonly address: string;
  isPrepared = true;

  constructor(address: string) {
    this.address = address;
  }

  call(about: string, args: readonly string[]): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const refuse = (message: string) => reject(new Error(message));
    this.asked.push({ what: [about, ...args].join(" "), answer: resolve, refuse });
    return promise;
  }

  get names(): string[] {
    return this.asked.map(({ what }) => what);
  }
}

const slot = slotOfKey("a");
const moved = `MOVED ${slot} b:2`;

function world(heldMax?: number) {
  const nodes = { "a:1": new PlayedNode("a:1"), "b:2": new PlayedNode("b:2") };
  const clock = new ManualClock();
  let owner: PlayedNode | null = nodes["a:1"];
  const calls = new RedisClusterCalls(
    {
      nodeAt: () => owner as unknown as RedisNode | null,
      moved: (_slot, address) => {
        owner = nodes[address as keyof typeof nodes];
      },
    },
    heldMax,
    clock,
  );
  const settled: string[] = [];
  const call = (name: string) =>
    calls.call("a", [name]).then(
      (answer) => settled.push(`${name} ${answer}`),
      (error: Error) => settled.push(`${name} ${error.message}`),
    );
  const lose = () => {
    owner = null;
  };
  /** What was refused so far has come back, and then time goes by. */
  const pass = async (ms: number) => {
    await Bun.sleep(0);
    clock.advance(ms);
  };
  const passUntil = (isMet: () => boolean, what: string) =>
    until(async () => {
      await pass(10);
      return isMet();
    }, what);
  return { a: nodes["a:1"], b: nodes["b:2"], calls, call, settled, lose, clock, pass, passUntil };
}

describe("a slot that is elsewhere", () => {
  test("is asked for there, in the order of asking, once nothing is under way where it was", async () => {
    const { a, b, call, settled, pass, passUntil } = world();
    for (const name of ["1", "2"]) void call(name);
    a.asked[0]?.refuse(moved);
    await Bun.sleep(0);
    void call("3");
    await pass(60);
    expect(b.names).toEqual([]);
    a.asked[1]?.refuse(moved);
    await passUntil(() => b.asked.length === 3, "all are asked there");
    expect([a.names, b.names]).toEqual([
      ["a 1", "a 2"],
      ["a 1", "a 2", "a 3"],
    ]);
    for (const asked of b.asked) asked.answer("ok");
    await until(() => settled.length === 3, "all are answered");
  });

  test("is asked for once that node is prepared", async () => {
    const { a, b, call, pass, passUntil } = world();
    b.isPrepared = false;
    void call("1");
    a.asked[0]?.refuse(moved);
    await pass(60);
    expect(b.names).toEqual([]);
    b.isPrepared = true;
    await passUntil(() => b.asked.length === 1, "it is asked");
  });
});

describe("a slot that is on its way", () => {
  const refusals = [
    `ASK ${slot} b:2`,
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "ERR Script attempted to access a non local key in a cluster node script: 1, on @user_script:9.",
  ];
  test.each(refusals)("is asked for again where it was: %s", async (refusal) => {
    const { a, b, call, settled, passUntil } = world();
    void call("1");
    a.asked[0]?.refuse(refusal);
    await passUntil(() => a.asked.length === 2, "it is asked again");
    a.asked[1]?.answer("ok");
    await until(() => settled.length === 1, "it is answered");
    expect([settled, b.names]).toEqual([["1 ok"], []]);
  });

  test("is waited for no longer than for an answer", async () => {
    const { a, call, settled, clock, pass } = world();
    const startedAt = clock.monotonic();
    void call("1");
    let refused = 0;
    while (settled.length === 0) {
      for (; refused < a.asked.length; refused += 1) a.asked[refused]?.refuse("TRYAGAIN later");
      await pass(5);
    }
    expect(settled).toEqual(["1 its slot is on its way"]);
    expect(clock.monotonic() - startedAt).toBeGreaterThan(900);
  });

  test("keeps no more than may be kept", async () => {
    const { a, call, settled, passUntil } = world(2);
    for (const name of ["1", "2", "3"]) void call(name);
    for (const asked of a.asked) asked.refuse("TRYAGAIN later");
    await until(() => settled.length === 1, "one is refused");
    expect(settled).toEqual(["3 too much waits for a slot"]);
    await passUntil(() => a.asked.length === 5, "the others are asked again");
  });
});

test.each(["the connection to Redis was closed", "OOM", "CLUSTERDOWN The cluster is down", "READONLY"])(
  "what may have happened, or will not, is not asked again: %s",
  async (message) => {
    const { a, call, settled, pass } = world();
    void call("1");
    a.asked[0]?.refuse(message);
    await until(() => settled.length === 1, "it is refused");
    await pass(60);
    expect([settled, a.names]).toEqual([[`1 ${message}`], ["a 1"]]);
  },
);

test("a slot that nobody has is refused at once", async () => {
  const { call, lose, settled } = world();
  lose();
  await call("1");
  expect(settled).toEqual(["1 no node of the cluster has this slot"]);
});

test("is idle once everything is answered, what is held included", async () => {
  const { a, b, call, calls, passUntil } = world();
  await calls.idle();
  void call("1");
  a.asked[0]?.refuse(moved);
  let isIdle = false;
  void calls.idle().then(() => {
    isIdle = true;
  });
  await passUntil(() => b.asked.length === 1, "it is asked there");
  expect(isIdle).toBe(false);
  b.asked[0]?.answer("ok");
  await until(() => isIdle, "it is idle");
});
