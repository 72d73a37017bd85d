import { expect, test } from "bun:test";
import { NumberedMessages } from "../../deploy/numbered-messages.ts";

interface Counts {
  lost: number;
  doubled: number;
  disordered: number;
}

const fine: Counts = { lost: 0, doubled: 0, disordered: 0 };
/** What arrives of five, and what that is. */
const arrivals: [numbers: number[], counts: Counts][] = [
  [[1, 2, 3, 4, 5], fine],
  [[], { ...fine, lost: 5 }],
  [[1, 2, 4, 5], { ...fine, lost: 1 }],
  [[1, 2, 3, 4], { ...fine, lost: 1 }],
  [[2, 3, 4, 5], { ...fine, lost: 1 }],
  [[1, 1, 2, 3, 4, 5], { ...fine, doubled: 1 }],
  [[1, 2, 3, 4, 5, 5, 5], { ...fine, doubled: 2 }],
  [[1, 3, 2, 4, 5], { ...fine, disordered: 1 }],
  [[5, 4, 3, 2, 1], { ...fine, disordered: 4 }],
  [[1, 3, 2, 2, 5], { lost: 1, doubled: 1, disordered: 1 }],
  [[1, 2, 3, 4, 5, 6, 0], fine],
];
test.each(arrivals)("of five arrive %j: %j", (numbers, counts) => {
  const messages = new NumberedMessages();
  for (let sent = 0; sent < 5; sent += 1) messages.send();
  for (const number of numbers.filter((each) => each !== 0)) messages.receive(number);
  const { lost, doubled, disordered } = messages;
  expect({ lost, doubled, disordered }).toEqual(counts);
});

test("tells what has arrived, and which copy is the first", () => {
  const messages = new NumberedMessages();
  for (let sent = 0; sent < 3; sent += 1) messages.send();
  expect([messages.receive(3), messages.receive(1), messages.receive(1), messages.receive(4)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([1, 2, 3, 4].map((number) => messages.has(number))).toEqual([true, false, true, false]);
});

test("what was lost long ago is forgotten, and stays counted", () => {
  const messages = new NumberedMessages();
  for (let number = 1; number <= 2002; number += 1) {
    messages.send();
    if (number % 2 === 0) messages.receive(number);
  }
  expect(messages.lost).toBe(1001);
  expect([messages.receive(3), messages.lost, messages.receive(1), messages.lost]).toEqual([
    true,
    1000,
    false,
    1000,
  ]);
});
