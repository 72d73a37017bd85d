import { expect, test } from "bun:test";
import { guestIdentity } from "../../../src/chat/identity.ts";
import { VerifiedTokens } from "../../../src/http/auth/verified-tokens.ts";

const identity = guestIdentity({ id: "alice", name: "Alice", image: null });

test("a token is known by all of its characters", () => {
  const tokens = new VerifiedTokens();
  tokens.add("abc", identity);
  expect(["abc", "ab", "abd", "ABC", "abc "].map((token) => tokens.get(token))).toEqual([
    identity,
    ...Array(4).fill(undefined),
  ]);
});

test("the last 500 are remembered, and never more than 1,000", () => {
  const tokens = new VerifiedTokens();
  for (let index = 0; index <= 1000; index += 1) tokens.add(`token-${index}`, identity);
  expect(["token-0", "token-499", "token-500", "token-1000"].map((token) => tokens.get(token))).toEqual([
    undefined,
    undefined,
    identity,
    identity,
  ]);
});

test("a long one is not remembered", () => {
  const tokens = new VerifiedTokens();
  const lengths = [2048, 2049].map((length) => "x".repeat(length));
  for (const token of lengths) tokens.add(token, identity);
  expect(lengths.map((token) => tokens.get(token))).toEqual([identity, undefined]);
});

test("all are forgotten at once", () => {
  const tokens = new VerifiedTokens();
  for (let index = 0; index <= 500; index += 1) tokens.add(`token-${index}`, identity);
  tokens.clear();
  expect([tokens.get("token-0"), tokens.get("token-500")]).toEqual([undefined, undefined]);
});
