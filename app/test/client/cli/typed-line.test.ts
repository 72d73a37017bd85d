import { expect, test } from "bun:test";
import { readTypedLine, type TypedLine } from "../../../client/cli/typed-line.ts";

const lines: [line: string, meaning: TypedLine][] = [
  ["", { kind: "nothing" }],
  ["   ", { kind: "nothing" }],
  ["hello /who", { kind: "send", content: "hello /who" }],
  [" /who", { kind: "send", content: " /who" }],
  ["//etc/passwd", { kind: "send", content: "/etc/passwd" }],
  ["/who", { kind: "who" }],
  ["/help", { kind: "help" }],
  ["/quit", { kind: "quit" }],
  ["/history", { kind: "history", limit: 20 }],
  ["/history 7", { kind: "history", limit: 7 }],
  ["/history 700", { kind: "history", limit: 100 }],
  ["/edit 12 the new  text", { kind: "edit", seq: 12, content: "the new  text" }],
  ["/delete 12", { kind: "delete", seq: 12 }],
  ["/react 12 👍", { kind: "react", seq: 12, emoji: "👍" }],
];
test.each(lines)("%j", (line, meaning) => {
  expect(readTypedLine(line)).toEqual(meaning);
});

test.each([
  "/",
  "/nothing",
  "/edit",
  "/edit 12",
  "/edit x y",
  "/edit 0 x",
  "/delete",
  "/delete -1",
  "/react 12",
])("%j is a mistake", (line) => {
  expect(readTypedLine(line).kind).toBe("mistake");
});
