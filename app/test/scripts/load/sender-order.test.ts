import { expect, test } from "bun:test";
import { SenderOrder } from "../../../../scripts/load/sender-order.js";

type Heard = [sender: string, number: number, previousSeq: number, seq: number];

function senderOrder() {
  const said: string[] = [];
  const order = new SenderOrder({
    lost: (count) => said.push(`lost ${count}`),
    doubled: () => said.push("doubled"),
    outOfOrder: () => said.push("out of order"),
  });
  const take = (...[sender, number, previousSeq, seq]: Heard) =>
    order.take({ sender, number, previousSeq, sentAt: 0 }, seq);
  return { order, said, take };
}

const cases: [what: string, heard: Heard[], said: string[]][] = [
  [
    "each sender's messages in order",
    [
      ["a", 1, 0, 1],
      ["b", 1, 0, 2],
      ["a", 2, 1, 3],
      ["b", 2, 2, 4],
    ],
    [],
  ],
  [
    "a sender who began before the join",
    [
      ["a", 7, 40, 50],
      ["a", 8, 50, 51],
    ],
    [],
  ],
  [
    "a message that dense seqs hide",
    [
      ["a", 1, 0, 1],
      ["a", 4, 3, 2],
    ],
    ["lost 2"],
  ],
  [
    "a message twice",
    [
      ["a", 1, 0, 1],
      ["a", 1, 0, 2],
    ],
    ["doubled"],
  ],
  [
    "an old one",
    [
      ["a", 1, 0, 1],
      ["a", 2, 1, 2],
      ["a", 1, 0, 3],
    ],
    ["out of order"],
  ],
  [
    "a message where its sender was not told that it is",
    [
      ["a", 1, 0, 1],
      ["a", 2, 9, 2],
    ],
    ["out of order"],
  ],
];

test.each(cases)("%s", (_what, heard, expected) => {
  const { said, take } = senderOrder();
  for (const each of heard) take(...each);
  expect(said).toEqual(expected);
});

test("a join that starts over may leave anything out", () => {
  const { order, said, take } = senderOrder();
  take("a", 1, 0, 1);
  order.clear();
  take("a", 5, 8, 9);
  expect(said).toEqual([]);
});

test("remembers a thousand senders and no more", () => {
  const { said, take } = senderOrder();
  for (let sender = 0; sender <= 1000; sender++) take(String(sender), 1, 0, sender + 1);
  take("1000", 1, 0, 2000);
  take("999", 1, 0, 2001);
  expect(said).toEqual(["doubled"]);
});
