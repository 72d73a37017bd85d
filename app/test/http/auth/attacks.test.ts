import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CompactSign, exportJWK, exportSPKI } from "jose";
import { HttpWorld } from "../../support/http-world.ts";
import { type IssuerKey, KeyServer, makeKey } from "../../support/key-server.ts";
import { rawRequest, upgradeHeaders } from "../../support/raw-request.ts";
import { signToken, tokenSecret, toSeconds } from "../../support/tokens.ts";

const issuer = "https://issuer.test";
const audience = "chat";

let world: HttpWorld;
let secretWorld: HttpWorld;
let keyServer: KeyServer;
let key: IssuerKey;
let stranger: IssuerKey;

beforeAll(async () => {
  [key, stranger] = await Promise.all([makeKey("RS256", "k1"), makeKey("RS256", "k1")]);
  keyServer = new KeyServer();
  keyServer.publish(key);
  const env = { JWT_ISSUER: issuer, JWT_AUDIENCE: audience };
  world = await HttpWorld.start({ ...env, JWKS_URL: keyServer.url });
  secretWorld = await HttpWorld.start({ ...env, JWT_SECRET: tokenSecret });
});
afterAll(async () => {
  await Promise.all([world.stop(), secretWorld.stop(), keyServer[Symbol.asyncDispose]()]);
});

const seconds = () => toSeconds(Date.now());
const ours = { iss: issuer, aud: audience, name: "planted-name" };

const base64 = (text: string) => Buffer.from(text).toString("base64url");
const bytes = (text: string) => new TextEncoder().encode(text);
const claims = () => JSON.stringify({ sub: "alice", exp: seconds() + 60, ...ours });
const signed = (change: object = {}, header = {}, by = key) => by.sign({ ...ours, ...change }, header);

/** Rightly signed, with a header that nobody would sign for us. */
async function extended(header: object): Promise<string> {
  const text = `${base64(JSON.stringify({ alg: "RS256", kid: "k1", ...header }))}.${base64(claims())}`;
  const sealed = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key.privateKey, bytes(text));
  return `${text}.${Buffer.from(sealed).toString("base64url")}`;
}

/** With whatever header, signed as if it were right. */
const forged = (header: object, secret: Uint8Array = bytes(tokenSecret)) =>
  new CompactSign(bytes(claims())).setProtectedHeader({ alg: "HS256", ...header }).sign(secret);
const payload = (text: string) =>
  new CompactSign(bytes(text)).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(key.privateKey);

function withPart(token: string, part: 0 | 1 | 2, change: (text: string) => string): string {
  const parts = token.split(".");
  return parts.with(part, change(parts[part] ?? "")).join(".");
}

const tamperWith = async (part: 0 | 1 | 2, change: (text: string) => string) =>
  withPart(await signed(), part, change);

const nothing = "This is no valid token: expected a signed JWT.";
const signature = "The token's signature is not right.";
const algorithm = "The token is not signed in a way that is accepted here: RS256, ES256, EdDSA.";
const symmetric = "The token is not signed in a way that is accepted here: HS256.";
const unknownKey = "The token is signed with a key that is not known here.";
const unsupported = "The token asks for something that this server does not support.";
const subject = "The token's `sub` must be a text of 1 to 128 characters, none of them a control character.";

type Attack = [what: string, makeToken: () => string | Promise<string>, message: string];

const forgeries: Attack[] = [
  ["alg none", () => `${base64('{"alg":"none"}')}.${base64(claims())}.`, algorithm],
  ["alg None", () => `${base64('{"alg":"nOnE"}')}.${base64(claims())}.`, algorithm],
  [
    "HS256 with the public key as PEM",
    async () => forged({}, bytes(await exportSPKI(key.publicKey))),
    algorithm,
  ],
  [
    "HS256 with the public key as JWK",
    async () => forged({ kid: "k1" }, bytes(JSON.stringify(await exportJWK(key.publicKey)))),
    algorithm,
  ],
  ["the key of a stranger", () => signed({}, {}, stranger), signature],
  ["the key that it brings along", () => signed({}, { jwk: stranger.jwk as never }, stranger), signature],
  [
    "a key from elsewhere",
    () => signed({}, { jku: `${keyServer.url}?mine`, kid: "x" }, stranger),
    unknownKey,
  ],
  [
    "a certificate from elsewhere",
    () => signed({}, { x5u: keyServer.url, x5c: ["AAAA"] }, stranger),
    signature,
  ],
  ["a kid that is a path", () => signed({}, { kid: "../../../../dev/null" }, stranger), unknownKey],
  ["a kid that is a query", () => signed({}, { kid: "k1' OR '1'='1" }, stranger), unknownKey],
  ["a kid that everything has", () => signed({}, { kid: "__proto__" }, stranger), unknownKey],
  ["a kid that is no text", () => signed({}, { kid: ["k1"] as never }), unknownKey],
  ["PS256", async () => signed({}, { kid: "k1" }, await makeKey("PS256", "k1")), algorithm],
  ["a critical extension", () => extended({ crit: ["exp"], exp: 1 }), unsupported],
  ["a payload as it is", () => extended({ crit: ["b64"], b64: false }), nothing],
  ["a changed payload", () => tamperWith(1, () => base64(claims().replace("alice", "admin"))), signature],
  ["a changed header", () => tamperWith(0, () => base64('{"alg":"RS256","kid":"k1","typ":"x"}')), signature],
  ["a truncated signature", () => tamperWith(2, (text) => text.slice(0, -4)), signature],
  ["a longer signature", () => tamperWith(2, (text) => `${text}AAAA`), signature],
  ["an empty signature", () => tamperWith(2, () => ""), signature],
  ["a signature that is no Base64", () => tamperWith(2, () => "%%%"), nothing],
];

const claimed: Attack[] = [
  ["that has expired", () => signed({ exp: seconds() - 60 }), "The token has expired."],
  ["that is not valid yet", () => signed({ nbf: seconds() + 60 }), "The token is not valid yet."],
  ["of the future", () => signed({ iat: seconds() + 60 }), "The token's `iat` is in the future."],
  ["without sub", () => signed({ sub: undefined }), "The token has no `sub`."],
  ["with another type of sub", () => signed({ sub: 7 }), subject],
  ["with a sub of two lines", () => signed({ sub: "planted\nname" }), subject],
  ["with a long sub", () => signed({ sub: "s".repeat(129) }), subject],
  ["without exp", () => signed({ exp: undefined }), "The token has no `exp`."],
  [
    "with an exp that is text",
    () => payload(claims().replace(/"exp":\d+/, '"exp":"2999"')),
    "The token's `exp` must be a number.",
  ],
  [
    "with an endless exp",
    () => payload(claims().replace(/"exp":\d+/, '"exp":1e999')),
    "The token's `exp` must be a finite number.",
  ],
  [
    "with an exp that is null",
    () => payload(claims().replace(/"exp":\d+/, '"exp":null')),
    "The token's `exp` must be a number.",
  ],
  ["of another issuer", () => signed({ iss: "https://evil.test" }), "The token is of another issuer."],
  ["of no issuer", () => signed({ iss: undefined }), "The token has no `iss`."],
  ["for another audience", () => signed({ aud: ["mail"] }), "The token is for another audience."],
];

const shapeless: Attack[] = [
  ["empty", () => "", nothing],
  ["a word", () => "planted-name", nothing],
  ["two dots", () => "..", nothing],
  ["two parts", async () => (await signed()).split(".").slice(0, 2).join("."), nothing],
  ["four parts", async () => `${await signed()}.x`, nothing],
  ["five parts", () => "a.b.c.d.e", nothing],
  ["a header that is no JSON", () => tamperWith(0, () => base64("planted-name")), nothing],
  ["a header that is a list", () => tamperWith(0, () => base64("[]")), nothing],
  ["a payload that is no JSON", () => payload("planted-name"), nothing],
  ["a payload that is a list", () => payload("[]"), nothing],
  ["a payload that is null", () => payload("null"), nothing],
  ["a payload of nested lists", () => payload("[".repeat(5000)), nothing],
  ["a header of nested lists", () => tamperWith(0, () => base64(`{"alg":${"[".repeat(5000)}`)), nothing],
  ["overlong", () => `${"a".repeat(8190)}.b.c`, "The token is longer than 8192 characters."],
];

async function expectRefusal(at: HttpWorld, token: string, message: string): Promise<void> {
  const headers = { ...upgradeHeaders, authorization: `Bearer ${token}` };
  const answer = await rawRequest(`${at.url}/ws/chat/a`, "GET", headers);
  expect([answer.status, JSON.parse(answer.body).error]).toEqual([401, { code: "unauthorized", message }]);
  const written = answer.body + JSON.stringify(at.logged);
  const parts = [token, ...token.split("."), "planted"].filter((part) => part.length > 5);
  for (const part of parts) expect(written.includes(part)).toBe(false);
  expect(at.hub.connectionCount).toBe(0);
}

test("what the attacks are variations of is accepted", async () => {
  const headers = { ...upgradeHeaders, authorization: `Bearer ${await signed()}` };
  const answer = await rawRequest(`${world.url}/ws/chat/a`, "GET", headers);
  expect(answer.status).toBe(101);
});

describe("a token is refused that is forged with", () => {
  test.each(forgeries)("%s", async (_what, makeToken, message) => {
    await expectRefusal(world, await makeToken(), message);
  });
});

describe("a token is refused", () => {
  test.each(claimed)("%s", async (_what, makeToken, message) => {
    await expectRefusal(world, await makeToken(), message);
  });
});

describe("a token is refused that is", () => {
  test.each(shapeless)("%s", async (_what, makeToken, message) => {
    await expectRefusal(world, await makeToken(), message);
  });
});

describe("where tokens are signed with a secret, one is refused", () => {
  const secret = bytes(tokenSecret);
  const ownSecret = bytes("x".repeat(32));
  const own = (change: object = {}) => signToken({ ...ours, ...change });
  const sealed = (text: string) =>
    new CompactSign(bytes(text)).setProtectedHeader({ alg: "HS256" }).sign(secret);

  // From then on tokens with that header are checked in a shorter way.
  beforeAll(async () => {
    const headers = { authorization: `Bearer ${await own()}` };
    expect((await rawRequest(`${secretWorld.url}/ws/chat/a`, "GET", headers)).status).toBe(426);
  });

  const attacks: Attack[] = [
    ["of alg none", () => `${base64('{"alg":"none"}')}.${base64(claims())}.`, symmetric],
    ["of another secret", () => signToken(ours, { key: bytes(`${tokenSecret}!`) }), signature],
    ["of HS512", () => signToken(ours, { key: secret, header: { alg: "HS512" } }), symmetric],
    ["of HS384", () => signToken(ours, { key: secret, header: { alg: "HS384" } }), symmetric],
    ["of a key pair", () => signed(), symmetric],
    [
      "of a secret that it brings along",
      () => forged({ jwk: { kty: "oct", k: base64("x".repeat(32)) } }, ownSecret),
      signature,
    ],
    ["with a changed payload", async () => withPart(await own(), 1, () => base64(claims())), signature],
    ["with a truncated signature", async () => (await own()).slice(0, -4), signature],
    ["with a longer signature", async () => `${await own()}AAAA`, signature],
    ["with an odd signature", async () => withPart(await own(), 2, () => "%"), nothing],
    ["with an odd letter in it", async () => withPart(await own(), 2, (text) => `${text}%`), nothing],
    ["with an empty signature", async () => withPart(await own(), 2, () => ""), signature],
    ["with a fourth part", async () => `${await own()}.x`, nothing],
    ["that has expired", () => own({ exp: seconds() - 60 }), "The token has expired."],
    ["that is not valid yet", () => own({ nbf: seconds() + 60 }), "The token is not valid yet."],
    ["of the future", () => own({ iat: seconds() + 60 }), "The token's `iat` is in the future."],
    ["without sub", () => own({ sub: undefined }), "The token has no `sub`."],
    ["with a sub of two lines", () => own({ sub: "planted\nname" }), subject],
    ["without exp", () => own({ exp: undefined }), "The token has no `exp`."],
    ["of another issuer", () => own({ iss: "https://evil.test" }), "The token is of another issuer."],
    ["for another audience", () => own({ aud: "mail" }), "The token is for another audience."],
    ["of a list", () => sealed("[]"), nothing],
    ["of nested lists", () => sealed("[".repeat(5000)), nothing],
  ];
  test.each(attacks)("%s", async (_what, makeToken, message) => {
    await expectRefusal(secretWorld, await makeToken(), message);
  });
});
