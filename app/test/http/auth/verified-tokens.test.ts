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

test("the last 5,000 are remembered, and never more than 10,000", () => {
  const tokens = new VerifiedTokens();
  for (let index = 0; index <= 10_000; index += 1) tokens.add(`token-${index}`, identity);
  expect(["token-0", "token-4999", "token-5000", "token-10000"].map((token) => tokens.get(token))).toEqual([
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
  for (let index = 0; index <= 5000; index += 1) tokens.add(`token-${index}`, identity);
  tokens.clear();
  expect([tokens.get("token-0"), tokens.get("token-5000")]).toEqual([undefined, undefined]);
});
