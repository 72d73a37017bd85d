import { describe, expect, test } from "bun:test";
import {
  decodeNews,
  decodePresent,
  encodeCount,
  encodePresent,
  encodeTyping,
} from "../../src/engine/instance-news.ts";

const user = { id: 'a "b"\u2028', name: "Ann\n😀", image: null };

describe("news of instances", () => {
  test("come back as they were told", () => {
    expect(decodeNews(encodeTyping("i 1", user, true))).toEqual({
      kind: "typing",
      instance: "i 1",
      user,
      isTyping: true,
    });
    expect(decodeNews(encodeCount("c-1", 7))).toEqual({ kind: "count", connectionId: "c-1", count: 7 });
    for (const sessions of [null, 0, 2])
      expect(decodePresent(encodePresent({ user, sessions }))).toEqual({ user, sessions });
    const said = [1, null].map((sessions) => ({ user, sessions }));
    expect(decodeNews(["presence 12 L1", ...said.map(encodePresent)].join("\n"))).toEqual({
      kind: "presence",
      version: 12,
      lease: "L1",
      said,
    });
  });

  test.each(["", "moved 1 2", "presence2 1 L\n[]", "typings\n[]"])(
    "that are not known are none: %j",
    (text) => {
      expect(decodeNews(text)).toBeNull();
    },
  );

  test.each(["typing\n{", "typing", "presence 1 L\n[1"])("that cannot be read throw: %j", (text) => {
    expect(() => decodeNews(text)).toThrow();
  });
});
