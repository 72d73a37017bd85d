import { describe, expect, test } from "bun:test";
import type { TokenVerdict } from "../../../src/chat/identity.ts";
import { Bearer } from "../../../src/http/api/bearer.ts";
import { ClientAddresses } from "../../../src/http/client-address.ts";
import { noopMetrics } from "../../../src/telemetry/metrics.ts";

const peer = "203.0.113.7";
const proxy = "127.0.0.1";

/** Asks with a token that comes to a verdict, and tells whom the failure was held against. */
async function ask(verdict: TokenVerdict, from: string, waitMs = 0) {
  const noted: string[] = [];
  const bearer = new Bearer({
    verifier: { verify: async () => verdict },
    addresses: new ClientAddresses(["loopback"]),
    metrics: noopMetrics,
    failed: { waitMs: () => waitMs, note: (address) => void noted.push(address) },
  });
  const request = new Request("http://localhost/api", { headers: { authorization: "Bearer abc" } });
  const answer = await bearer.identify(request, from);
  return { code: answer.ok ? "ok" : answer.code, noted };
}

const refused: TokenVerdict = { ok: false, code: "unauthorized", message: "no" };
const unknown: TokenVerdict = { ok: false, code: "unavailable", message: "who knows" };

describe("a token that is refused", () => {
  test("is held against its address", async () => {
    expect(await ask(refused, peer)).toEqual({ code: "unauthorized", noted: [peer] });
  });

  test("is held against nobody where a proxy names nobody", async () => {
    expect(await ask(refused, proxy)).toEqual({ code: "unauthorized", noted: [] });
  });
});

test("a token that cannot be checked now is held against nobody", async () => {
  expect(await ask(unknown, peer)).toEqual({ code: "unavailable", noted: [] });
});

test("who has tried too many is not asked for another", async () => {
  expect(await ask(refused, peer, 200)).toEqual({ code: "rate_limited", noted: [] });
});
