import { expect, test } from "bun:test";
import { harmless } from "../../../client/cli/harmless.ts";

const texts: [what: string, text: string, shown: string][] = [
  ["plain text", "Grüße 👍🏽 日本 עברית", "Grüße 👍🏽 日本 עברית"],
  ["a colour", "\x1b[31mred\x1b[0m", "␛[31mred␛[0m"],
  ["a window title", "\x1b]0;mine\x07", "␛]0;mine␇"],
  ["an eight-bit escape", "\u009b2J", "\ufffd2J"],
  ["a bell, a backspace and a delete", "\x07\b\x7f", "␇␈\ufffd"],
  ["a line of its own", "hello\n[13] bob: I agree", "hello\n [13] bob: I agree"],
  ["a return to the beginning", "hello\rbob: no", "hello␍bob: no"],
  ["other ends of lines", "a\u2028b\u2029c\u0085d\vf\f", "a\ufffdb\ufffdc\ufffdd␋f␌"],
  ["text turned around", "\u202etxt.exe\u2066", "\ufffdtxt.exe\ufffd"],
  ["a tab", "a\tb", "a b"],
];
test.each(texts)("%s", (_what, text, shown) => {
  expect(harmless(text)).toBe(shown);
});

test("no control character is left but ends of lines that are indented", () => {
  const all = Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code)).join("");
  expect(harmless(all, "  ").replace("\n  ", "")).not.toMatch(/\p{Cc}/u);
});
