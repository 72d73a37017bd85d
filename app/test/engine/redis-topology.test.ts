import { describe, expect, test } from "bun:test";
import type { Redis } from "ioredis";
import { askTopology, readRedirection } from "../../src/engine/redis-topology.ts";

const answering = (answer: unknown): Redis => ({ cluster: async () => answer }) as unknown as Redis;

describe("what a node says of all slots", () => {
  const names: [host: string | null, asked: string, address: string][] = [
    ["10.0.0.1", "a:1", "10.0.0.1:7000"],
    ["node.example", "a:1", "node.example:7000"],
    ["fd00::1", "a:1", "[fd00::1]:7000"],
    ["", "a:1", "a:7000"],
    [null, "[::1]:1", "[::1]:7000"],
  ];
  test.each(names)("names a master %p, asked at %s, as %s", async (host, asked, address) => {
    const replica = ["10.0.0.9", 7001];
    expect(await askTopology(answering([[0, 5, [host, 7000, "id"], replica]]), asked)).toEqual([
      { first: 0, last: 5, address },
    ]);
  });

  test("is nothing where it knows none", async () => {
    await expect(askTopology(answering([]), "a:1")).rejects.toThrow("no slots");
  });
});

const redirections: [message: string, redirection: object | null][] = [
  ["MOVED 3999 10.0.0.1:6381", { kind: "moved", slot: 3999, address: "10.0.0.1:6381" }],
  ["MOVED 3999 fd00::1:6381", { kind: "moved", slot: 3999, address: "[fd00::1]:6381" }],
  ["MOVED 3999 :6381", { kind: "moved", slot: 3999, address: "a:6381" }],
  ["ASK 3999 10.0.0.1:6381", { kind: "moving" }],
  ["TRYAGAIN Multiple keys request during rehashing of slot", { kind: "moving" }],
  ["ERR Script attempted to access a non local key in a cluster node", { kind: "moving" }],
  ["CLUSTERDOWN Hash slot not served", null],
  ["ERR unknown command", null],
];
test.each(redirections)("%s", (message, redirection) => {
  expect(readRedirection(new Error(message), "a:1")).toEqual(redirection as never);
});
