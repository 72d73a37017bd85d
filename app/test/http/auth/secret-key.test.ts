import { beforeAll, expect, test } from "bun:test";
import { SignJWT } from "jose";
import { SecretKey } from "../../../src/http/auth/secret-key.ts";

const secret = "a secret that only its issuer and its checker know";
const options = { clockTolerance: 5, currentDate: new Date() };
const keys = new SecretKey(secret);
let token = "";

beforeAll(async () => {
  const unsigned = new SignJWT({ name: "Zoë" }).setProtectedHeader({ alg: "HS256" }).setSubject("zoe");
  token = await unsigned.setExpirationTime("1h").sign(new TextEncoder().encode(secret));
  await keys.check(token, options);
});

test("a token with a header that was accepted before is checked at once", () => {
  expect(keys.checkAtOnce(token, options)).toMatchObject({ sub: "zoe", name: "Zoë" });
});

test("no character of the signature may differ, be missing or be added", () => {
  const start = token.lastIndexOf(".") + 1;
  for (let place = start; place < token.length; place += 1) {
    const other = token[place] === "A" ? "B" : "A";
    expect(keys.checkAtOnce(token.slice(0, place) + other + token.slice(place + 1), options)).toBeNull();
  }
  for (const wrong of [token.slice(0, start), token.slice(0, -1), `${token}A`, `${token}.`])
    expect(keys.checkAtOnce(wrong, options)).toBeNull();
});

test("a header that was not accepted before is left to jose", () => {
  expect(new SecretKey(secret).checkAtOnce(token, options)).toBeNull();
});
