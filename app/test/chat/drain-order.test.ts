import { expect, test } from "bun:test";
import type { Connection } from "../../src/chat/connection.ts";
import { DrainOrder } from "../../src/chat/drain-order.ts";
import { DrainWorld } from "../support/drain-world.ts";
import { SeededRandom } from "../support/seeded-random.ts";

const random = new SeededRandom(7);

function orderOf(connections: readonly Connection[]): DrainOrder {
  const order = new DrainOrder(() => random.next(), 25);
  for (const connection of connections) order.add(connection);
  return order;
}

const connectionsOf = (count: number, address: string | null = null) =>
  new DrainWorld().crowd(count, address).map(({ connection }) => connection);

function takeAll(order: DrainOrder): (Connection | undefined)[] {
  return Array.from({ length: order.size }, () => order.take(0, Number.POSITIVE_INFINITY));
}

test("each has its turn once, and then nobody", () => {
  const connections = connectionsOf(100);
  const order = orderOf(connections);
  expect(new Set(takeAll(order))).toEqual(new Set(connections));
  expect([order.size, order.take(0, 1)]).toEqual([0, undefined]);
});

test("every order is as likely as any other", () => {
  const connections = connectionsOf(3);
  const counts = new Map<string, number>();
  for (let round = 0; round < 6000; round += 1) {
    const taken = takeAll(orderOf(connections)).map((each) => connections.indexOf(each as Connection));
    counts.set(taken.join(), (counts.get(taken.join()) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test("who has left has no turn, wherever its place was", () => {
  const connections = connectionsOf(50);
  const order = orderOf(connections);
  const [gone, left] = [connections.slice(0, 20), connections.slice(20)];
  for (const connection of [...gone, ...gone]) order.remove(connection);
  expect(order.size).toBe(30);
  expect(new Set(takeAll(order))).toEqual(new Set(left));
});

test("who has left leaves the hurry of its address", () => {
  const connections = connectionsOf(100, "192.0.2.1");
  const order = orderOf(connections);
  for (const connection of connections.slice(2)) order.remove(connection);
  const window = 1000;
  expect(order.take(0, window)).toBeDefined();
  expect([order.take(225, window), order.take(250, window)?.address]).toEqual([undefined, "192.0.2.1"]);
});

test("all that wait can be taken out at once", () => {
  const connections = connectionsOf(10, "192.0.2.1");
  const order = orderOf(connections);
  expect(new Set(order.takeAll())).toEqual(new Set(connections));
  expect([order.size, order.take(0, 1)]).toEqual([0, undefined]);
});
