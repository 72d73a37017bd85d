import { afterEach, expect, test } from "bun:test";
import { HttpWorld } from "../../support/http-world.ts";
import { signToken, tokenSecret } from "../../support/tokens.ts";

let world: HttpWorld;
afterEach(() => world?.stop());

test("an address that tries tokens is refused, even with a good one, until it has waited", async () => {
  world = await HttpWorld.start({ JWT_SECRET: tokenSecret, HANDSHAKES_PER_SECOND_PER_IP: "5" });
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
});
