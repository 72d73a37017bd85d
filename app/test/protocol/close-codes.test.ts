import { expect, test } from "bun:test";
import { closeCodes, countedCloseCodes, mayReconnect } from "../../src/protocol/close-codes.ts";

test("the codes are those that clients know", () => {
  expect(closeCodes).toEqual({
    normal: 1000,
    protocol_error: 1002,
    invalid_text: 1007,
    message_too_big: 1009,
    restart: 1012,
    idle_timeout: 4000,
    overloaded: 4002,
    token_expired: 4003,
    flooding: 4004,
    unauthorized: 4500,
    replaced: 4501,
    forbidden: 4502,
    protocol_violation: 4503,
  });
});

test("1001 is never sent, since clients read it as a page that is left, but counted when a peer sends it", () => {
  expect(Object.values(closeCodes)).not.toContain(1001 as never);
  expect(countedCloseCodes).toContain(1001);
});

const ranges: [code: number, isReconnectWanted: boolean][] = [
  [1000, true],
  [1006, true],
  [1012, true],
  [4000, true],
  [4499, true],
  [4500, false],
  [4999, false],
];
test.each(ranges)("%i: a client should reconnect: %p", (code, isReconnectWanted) => {
  expect(mayReconnect(code)).toBe(isReconnectWanted);
});

test("each code is counted once under its own number, endings without a code included", () => {
  expect(new Set(countedCloseCodes).size).toBe(countedCloseCodes.length);
  for (const code of [...Object.values(closeCodes), 1005, 1006]) expect(countedCloseCodes).toContain(code);
});
