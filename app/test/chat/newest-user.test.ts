import { expect, test } from "bun:test";
import { newestUser } from "../../src/chat/newest-user.ts";
import { ChatWorld } from "../support/chat-world.ts";

const userOf = (name: string) => ({ id: "ann", name, image: null });

const devices: [what: string, tokens: [name: string, issuedAt: number][], shown: string][] = [
  ["no device", [], "otherwise"],
  ["one", [["a", 1]], "a"],
  [
    "the device with the newest token, first",
    [
      ["a", 2],
      ["b", 1],
    ],
    "a",
  ],
  [
    "the device with the newest token, last",
    [
      ["a", 1],
      ["b", 2],
    ],
    "b",
  ],
  [
    "the device that came last, of equals",
    [
      ["a", 1],
      ["b", 1],
    ],
    "b",
  ],
];
test.each(devices)("a user is shown as by %s", (_, tokens, shown) => {
  const world = new ChatWorld();
  const connections = tokens.map(
    ([name, issuedAt]) => world.connect(name, null, { user: userOf(name), issuedAt }).connection,
  );
  expect(newestUser(connections, userOf("otherwise")).name).toBe(shown);
});
