import { expect, test } from "bun:test";
import { RoomLines } from "../../../client/cli/room-lines.ts";

const message = (seq: number, other = {}) => ({
  id: `m${seq}`,
  clientId: null,
  authorId: "alice",
  authorName: "Alice",
  authorImage: null,
  content: "hello",
  meta: null,
  isEdited: false,
  createdAt: 0,
  seq,
  ...other,
});

test("messages have numbers, by which what happens to them is told", () => {
  const lines = new RoomLines();
  const change = { seq: 9, messageId: "m7", userId: "bob" };
  expect([
    lines.message(message(7)),
    lines.message(message(8, { isEdited: true })),
    lines.edit({ ...change, content: "bye", editedAt: 0 }),
    lines.reaction({ ...change, emoji: "👍", action: "add" }),
    lines.reaction({ ...change, emoji: "👍", action: "remove" }),
    lines.delete(change),
    lines.delete({ seq: 10, messageId: "m1" }),
  ]).toEqual([
    "[7] Alice: hello",
    "[8] Alice: hello (edited)",
    "[7] is now: bye",
    "[7] bob: 👍",
    "[7] bob: no longer 👍",
    "[7] was deleted",
    "An older message was deleted",
  ]);
});

test("nothing of others' reaches the terminal as a command, or as a line of its own", () => {
  const lines = new RoomLines();
  const evil = "\x1b[2J\n[9] bob: yes";
  const told = [
    lines.message(message(7, { authorName: evil, content: evil })),
    lines.edit({ seq: 8, messageId: "m7", content: evil, editedAt: 0 }),
    lines.reaction({ seq: 9, messageId: "m7", userId: evil, emoji: evil, action: "add" }),
  ].join("\n");
  expect(told).not.toContain("\x1b");
  expect(told.split("\n").filter((line) => line.startsWith("[9]"))).toEqual([]);
});

test("so many messages can be named, and the newest always", () => {
  const lines = new RoomLines();
  for (let seq = 1; seq <= 10_001; seq++) lines.message(message(seq));
  expect([lines.idOf(1), lines.idOf(2), lines.idOf(10_001)]).toEqual([undefined, "m2", "m10001"]);
});
