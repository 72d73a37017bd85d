import { expect, test } from "bun:test";
import { DueCloses } from "../../src/chat/due-closes.ts";
import { DrainWorld } from "../support/drain-world.ts";

function closesOf(dueAts: readonly number[]) {
  const world = new DrainWorld();
  const clients = world.crowd(dueAts.length);
  const closes = new DueCloses();
  for (const [index, { connection }] of clients.entries()) closes.add(connection, dueAts[index] ?? 0);
  return { closes, open: () => world.hub.connectionCount, clients };
}

test("each is closed when its time is over, and not before", () => {
  const { closes, open } = closesOf([10, 10, 20]);
  const left = [9, 10, 19, 20].map((time) => {
    closes.closeUntil(time);
    return open();
  });
  expect(left).toEqual([3, 1, 1, 0]);
});

test("nobody's time ends before that of who was told earlier", () => {
  const { closes, open } = closesOf([100, 10]);
  closes.closeUntil(99);
  expect(open()).toBe(2);
  closes.closeUntil(100);
  expect(open()).toBe(0);
});

test("who is closed is pending no more, wherever it was", () => {
  const { closes, clients } = closesOf(Array.from({ length: 100 }, (_, index) => index));
  for (let time = 0; time < 100; time += 1) {
    closes.closeUntil(time);
    expect([...closes.pending()]).toEqual(clients.slice(time + 1).map(({ connection }) => connection));
  }
});
