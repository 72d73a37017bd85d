import { describe, expect, test } from "bun:test";
import { isConnectionId, isRoom, isUserId } from "../../src/protocol/names.ts";

const longest = "a".repeat(64);

describe("a room", () => {
  test.each(["room:a", "group:A.b_c-9", `room:${longest}`, "notifications:me", "notifications:all"])(
    "may be named %s",
    (name) => expect(isRoom(name)).toBe(true),
  );

  const refused = ["", "room:", "lobby", "Room:a", "room:a b", 'room:"', "room:ä", "room:a\n", "room:a:b"];
  test.each([...refused, `room:${longest}a`, "notifications:you", "xroom:a", "__proto__"])(
    "may not be named %p",
    (name) => expect(isRoom(name)).toBe(false),
  );
});

describe("a connection", () => {
  test.each(["a", longest, "A-z_0"])("may be named %s", (name) => expect(isConnectionId(name)).toBe(true));

  test.each(["", `${longest}a`, "a.b", "a b", "a\n", "ä", "a/b"])("may not be named %p", (name) => {
    expect(isConnectionId(name)).toBe(false);
  });
});

describe("a user", () => {
  const ids = ["a", "a".repeat(128), "auth0|5f7c", "https://id.example/u?x=1#y", "Zoë 🦊", "..", '"<&>', " "];
  test.each(ids)("may be called %p", (id) => expect(isUserId(id)).toBe(true));

  const refused = ["", "a".repeat(129), "🦊".repeat(65), "a\n", "\0", "\x7f", "\x85", "\ud83d"];
  test.each(refused)("may not be called %p", (id) => expect(isUserId(id)).toBe(false));
});
