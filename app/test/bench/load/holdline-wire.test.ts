import { describe, expect, test } from "bun:test";
import { commandNumber, holdlineWire } from "../../../bench/load/holdline-wire.ts";

describe("a frame of ours", () => {
  test.each([
    ['{"type":"message_response","id":"1"}', true, false],
    ['{"type":"error","payload":{}}', false, true],
    ['{"type":"message_edited","payload":{}}', false, false],
    ['{"type":"chat_message","payload":{}}', false, false],
  ])("%s is an answer: %p, a refusal: %p", (text, isAnswer, isRefusal) => {
    const frame = new TextEncoder().encode(`..${text}`);
    expect(holdlineWire.isAnswer(frame, 2, "message_response")).toBe(isAnswer);
    expect(holdlineWire.isRefusal(frame, 2)).toBe(isRefusal);
  });
});

test("the number of a command is the end of its id", () => {
  const { commandId, numberDigits } = holdlineWire;
  expect(commandNumber(commandId.slice(0, -numberDigits) + "42".padStart(numberDigits, "0"))).toBe(42);
  expect(JSON.parse(holdlineWire.command("ping", {})).id).toBe(commandId);
});
