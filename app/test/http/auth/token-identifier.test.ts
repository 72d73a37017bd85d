import { expect, test } from "bun:test";
import { systemClock } from "../../../src/chat/clock.ts";
import { Authenticator } from "../../../src/http/auth/authenticator.ts";
import { SecretKey } from "../../../src/http/auth/secret-key.ts";
import { TokenIdentifier } from "../../../src/http/auth/token-identifier.ts";
import { noopLog } from "../../../src/telemetry/log.ts";
import { signToken, tokenSecret } from "../../support/tokens.ts";

const keys = new SecretKey(tokenSecret);
const none = { issuer: undefined, audience: undefined };
const identifier = new TokenIdentifier(
  new Authenticator({ keys, ...none, clock: systemClock, log: noopLog }),
);

test("who has no token is refused at once, and asked for one", () => {
  expect(identifier.identify("a", null)).toEqual({
    ok: false,
    code: "unauthorized",
    message: "A valid token is required.",
  });
});

test("who was here before is known at once", async () => {
  const token = await signToken();
  const identified = identifier.identify("a", token);
  expect(identified).toBeInstanceOf(Promise);
  expect(await identified).toMatchObject({ ok: true });
  expect(identifier.identify("b", token)).not.toBeInstanceOf(Promise);
  expect(identifier.identify("b", token)).toEqual(await identified);
});
