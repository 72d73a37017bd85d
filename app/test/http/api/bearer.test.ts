import { describe, expect, test } from "bun:test";
import type { TokenVerdict } from "../../../src/chat/identity.ts";
import { Bearer } from "../../../src/http/api/bearer.ts";
import { ClientAddresses } from "../../../src/http/client-address.ts";
import { noopMetrics } from "../../../src/telemetry/metrics.ts";
import { HttpWorld } from "../../support/http-world.ts";
import { signToken, tokenSecret } from "../../support/tokens.ts";

test("an address that tries tokens is refused, even with a good one, until it has waited", async () => {
  const world = await HttpWorld.start({ JWT_SECRET: tokenSecret, HANDSHAKES_PER_SECOND_PER_IP: "5" });
  const token = await signToken();
  const call = (text: string, address = "192.0.2.1") =>
    fetch(`${world.url}/api/blocks`, {
      headers: { authorization: `Bearer ${text}`, "x-forwarded-for": address },
    });
  expect((await call(token)).status).toBe(200);
  expect((await call("no.good.token")).status).toBe(401);
  const refused = await call(token);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
  expect(await refused.json()).toMatchObject({ error: { code: "rate_limited", retryAfterMs: 200 } });
  expect((await call(token, "192.0.2.2")).status).toBe(200);
  expect(world.limited).toEqual(["authentications"]);
  world.clock.advance(200);
  expect((await call(token)).status).toBe(200);
  await world.stop();
});

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
