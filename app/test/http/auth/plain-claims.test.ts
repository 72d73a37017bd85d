import { describe, expect, test } from "bun:test";
import { type JWTVerifyOptions, UnsecuredJWT } from "jose";
import { PlainClaims } from "../../../src/http/auth/plain-claims.ts";
import { SeededRandom } from "../../support/seeded-random.ts";

const now = 1_700_000_000;
const skew = 5;
const options: JWTVerifyOptions = {
  requiredClaims: ["sub", "exp"],
  clockTolerance: skew,
  currentDate: new Date(now * 1000 + 999),
  issuer: "issuer",
  audience: "chat",
};
const good = { sub: "alice", exp: now + 60, iss: "issuer", aud: "chat" };
const plainClaims = new PlainClaims();

const encode = (text: string | Uint8Array) => Buffer.from(text).toString("base64url");
const read = (claims: object, change: JWTVerifyOptions = {}) =>
  plainClaims.read(encode(JSON.stringify(claims)), { ...options, ...change });

/** What jose says of it, as if the signature were right. */
function isAcceptedByJose(payload: string): boolean {
  try {
    UnsecuredJWT.decode(`${encode('{"alg":"none"}')}.${payload}.`, options);
    return true;
  } catch {
    return false;
  }
}

describe("claims that are plainly well", () => {
  test.each([
    good,
    { ...good, nbf: now + skew, iat: now },
    { ...good, exp: now - skew + 1 },
    { ...good, name: "Zoë 😀", rooms: ["group:a"] },
  ])("%j", (claims) => {
    expect(read(claims)).toEqual(claims);
  });

  test("whoever issued them, where that does not matter", () => {
    const { issuer: _, audience: __, ...anybody } = options;
    const claims = { ...good, iss: "other", aud: ["a", "b"] };
    expect(plainClaims.read(encode(JSON.stringify(claims)), anybody)).toEqual(claims);
  });
});

describe("left to jose", () => {
  const odd: object[] = [
    { ...good, sub: undefined },
    { ...good, exp: undefined },
    { ...good, exp: String(now + 60) },
    { ...good, exp: now - skew },
    { ...good, nbf: now + skew + 1 },
    { ...good, nbf: "0" },
    { ...good, iat: "0" },
    { ...good, iss: "other" },
    { ...good, iss: undefined },
    { ...good, aud: "mail" },
    { ...good, aud: undefined },
    { ...good, aud: ["chat"] },
    [good],
  ];
  test.each(odd.map((claims) => [claims]))("%j", (claims) => {
    expect(read(claims)).toBeNull();
  });

  const { sub: _, ...nobody } = good;
  const noSub = JSON.stringify(nobody);
  test.each([
    ["nothing", ""],
    ["no Base64", `${encode(JSON.stringify(good))}=`],
    ["no JSON", encode("{")],
    ["null", encode("null")],
    ["a number", encode("7")],
    [
      "no UTF-8",
      encode(
        Buffer.concat([
          Buffer.from('{"name":"'),
          Buffer.from([0xff]),
          Buffer.from(`",${JSON.stringify(good).slice(1)}`),
        ]),
      ),
    ],
    ["a sub of its prototype's", encode(`{"__proto__":{"sub":"alice"},${noSub.slice(1)}`)],
  ])("%s", (_what, payload) => {
    expect(plainClaims.read(payload, options)).toBeNull();
  });
});

test("jose accepts whatever is accepted here", () => {
  const random = new SeededRandom(7);
  const values = [
    now,
    now + skew,
    now - skew,
    now - skew + 1,
    now + skew + 1,
    "issuer",
    "chat",
    ["chat"],
    null,
    undefined,
    -1,
    {},
  ];
  const pick = () => values[Math.floor(random.next() * values.length)];
  let accepted = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const change = Object.fromEntries(
      ["sub", "exp", "nbf", "iat", "iss", "aud"].flatMap((name) =>
        random.next() < 0.4 ? [[name, pick()]] : [],
      ),
    );
    const payload = encode(JSON.stringify({ ...good, ...change }));
    if (plainClaims.read(payload, options) === null) continue;
    accepted += 1;
    expect([change, isAcceptedByJose(payload)]).toEqual([change, true]);
  }
  expect(accepted).toBeGreaterThan(500);
});
