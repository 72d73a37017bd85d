import { beforeEach, describe, expect, test } from "bun:test";
import { Authenticator, createAuthenticator } from "../../../src/http/auth/authenticator.ts";
import type { TokenKeys } from "../../../src/http/auth/token-keys.ts";
import { noopLog } from "../../../src/telemetry/log.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { type Claims, signToken, tokenSecret, toSeconds } from "../../support/tokens.ts";

let clock: ManualClock;
let authenticator: Authenticator;

function authenticate(env: { jwtIssuer?: string; jwtAudience?: string } = {}): Authenticator {
  const created = createAuthenticator({ jwtSecret: tokenSecret, ...env }, clock, noopLog);
  if (created === null) throw new Error("guest mode");
  return created;
}

beforeEach(() => {
  clock = new ManualClock();
  authenticator = authenticate();
});

const seconds = () => toSeconds(clock.now());

async function identityOf(claims: Claims) {
  const verdict = await authenticator.verify(await signToken(claims, { now: clock.now() }));
  if (!verdict.ok) throw new Error(verdict.message);
  return verdict.identity;
}

async function problemOf(claims: Claims): Promise<string> {
  const verdict = await authenticator.verify(await signToken(claims, { now: clock.now() }));
  return verdict.ok ? "" : `${verdict.code}: ${verdict.message}`;
}

test("without a secret and without keys there is nobody who checks tokens", () => {
  expect(createAuthenticator({}, clock, noopLog)).toBeNull();
});

test("a token says who somebody is and what they may do", async () => {
  const picture = "https://example.com/alice.png";
  const rooms = ["group:staff", "group:team-*"];
  expect(await identityOf({ name: "Alice", picture, rooms, scope: "admin publish" })).toEqual({
    user: { id: "alice", name: "Alice", image: picture },
    rooms,
    isAdmin: true,
    mayPublish: true,
    issuedAt: clock.now(),
    expiresAt: clock.now() + 3_600_000,
  });
});

test("a token that names only its user opens nothing else", async () => {
  expect(await identityOf({ iat: undefined })).toEqual({
    user: { id: "alice", name: "alice", image: null },
    rooms: [],
    isAdmin: false,
    mayPublish: false,
    issuedAt: 0,
    expiresAt: clock.now() + 3_600_000,
  });
});

describe("claims", () => {
  const longName = "n".repeat(127);
  const cases: [what: string, claims: Claims, expected: object][] = [
    ["a scope list", { scope: ["publish", 7] }, { isAdmin: false, mayPublish: true }],
    ["other scopes", { scope: "administrator publisher" }, { isAdmin: false, mayPublish: false }],
    ["a scope that is none", { scope: { admin: true } }, { isAdmin: false, mayPublish: false }],
    ["only the admin scope", { scope: " admin" }, { isAdmin: true, mayPublish: false }],
    ["rooms that are none", { rooms: "group:a" }, { rooms: [] }],
    ["odd rooms among others", { rooms: ["group:a", 7, null, ["group:b"]] }, { rooms: ["group:a"] }],
    ["an empty name", { name: "" }, { user: { id: "alice", name: "alice", image: null } }],
    ["a name that is none", { name: 7 }, { user: { id: "alice", name: "alice", image: null } }],
    ["a long name", { name: "n".repeat(500) }, { user: { id: "alice", name: "n".repeat(128), image: null } }],
    [
      "a name with a pair on the edge",
      { name: `${longName}😀` },
      { user: { id: "alice", name: longName, image: null } },
    ],
    ["a name with half a pair", { name: "\ud800x" }, { user: { id: "alice", name: "\ufffdx", image: null } }],
    ["a time with fractions", { iat: 1_600_000_000.5, exp: 1.7e9 + 0.25 }, { issuedAt: 1_600_000_000_500 }],
    ["a negative time", { iat: -5 }, { issuedAt: 0 }],
    ["no end in sight", { exp: 1e300 }, { expiresAt: 8_640_000_000_000_000 }],
  ];
  test.each(cases)("%s", async (_what, claims, expected) => {
    expect(await identityOf(claims)).toMatchObject(expected);
  });

  test("a thousand rooms are read, and no more", async () => {
    const rooms = Array.from({ length: 1001 }, (_, index) => String(index));
    expect((await identityOf({ rooms })).rooms).toEqual(rooms.slice(0, 1000));
  });

  test.each([
    "javascript:alert(1)",
    "ftp://example.com/a.png",
    "https://",
    "https://[",
    "https://example.com/a b.png",
    "https://example.com/\ud800",
    `https://example.com/${"a".repeat(2048)}`,
    "/a.png",
    7,
  ])("no picture is %j", async (picture) => {
    expect((await identityOf({ picture })).user.image).toBeNull();
  });
});

test("a token of more than 8192 characters is refused, however good it is", async () => {
  const tokens = ["", "x".repeat(8000)].map((extra) => signToken({ extra }, { now: clock.now() }));
  const [short = "", long = ""] = await Promise.all(tokens);
  expect(await authenticator.verify(short)).toMatchObject({ ok: true });
  expect(authenticator.known(long)).toBeNull();
  expect(await authenticator.verify(long)).toMatchObject({ code: "unauthorized" });
});

describe("a subject", () => {
  test.each(["a", "a".repeat(128), "auth0|5f7c", "Zoë Müller", "😀", "ops@example.com"])(
    "%j",
    async (sub) => {
      expect((await identityOf({ sub })).user.id).toBe(sub);
    },
  );

  test.each(["", "a".repeat(129), "a\nb", "\u007f", "a\u0085", "\ud800"])("not %j", async (sub) => {
    expect(await problemOf({ sub })).toContain("unauthorized: The token's `sub` must be a text of 1 to 128");
  });
});

describe("time, with 5 s for clocks that are off", () => {
  const cases: [what: string, claims: () => Claims, problem: string][] = [
    ["expired just now", () => ({ exp: seconds() - 4 }), ""],
    ["expired too long ago", () => ({ exp: seconds() - 5 }), "unauthorized: The token has expired."],
    ["valid in a moment", () => ({ nbf: seconds() + 5 }), ""],
    ["not yet valid", () => ({ nbf: seconds() + 6 }), "unauthorized: The token is not valid yet."],
    ["issued in a moment", () => ({ iat: seconds() + 5 }), ""],
    [
      "issued in the future",
      () => ({ iat: seconds() + 6 }),
      "unauthorized: The token's `iat` is in the future.",
    ],
  ];
  test.each(cases)("%s", async (_what, claims, problem) => {
    expect(await problemOf(claims())).toBe(problem);
  });

  test("a token that was good before expires as any", async () => {
    const token = await signToken({}, { now: clock.now() });
    expect((await authenticator.verify(token)).ok).toBe(true);
    clock.advance(3_604_999);
    expect(authenticator.known(token)).not.toBeNull();
    expect((await authenticator.verify(token)).ok).toBe(true);
    clock.advance(1);
    expect(authenticator.known(token)).toBeNull();
    expect(await authenticator.verify(token)).toMatchObject({ message: "The token has expired." });
  });
});

describe("issuer and audience", () => {
  const iss = "https://issuer.test";
  const cases: [what: string, claims: Claims, problem: string][] = [
    ["ours", { iss, aud: "chat" }, ""],
    ["ours among others", { iss, aud: ["mail", "chat"] }, ""],
    ["another issuer", { iss: `${iss}/`, aud: "chat" }, "unauthorized: The token is of another issuer."],
    ["no issuer", { aud: "chat" }, "unauthorized: The token has no `iss`."],
    ["another audience", { iss, aud: "mail" }, "unauthorized: The token is for another audience."],
    ["no audience", { iss }, "unauthorized: The token has no `aud`."],
  ];
  test.each(cases)("%s", async (_what, claims, problem) => {
    authenticator = authenticate({ jwtIssuer: iss, jwtAudience: "chat" });
    expect(await problemOf(claims)).toBe(problem);
  });

  test("are nobody's business where none is configured", async () => {
    expect(await problemOf({ iss: "anybody", aud: "anything" })).toBe("");
  });
});

describe("what was checked once", () => {
  test("is known from then on, and nothing else is", async () => {
    const token = await signToken({}, { now: clock.now() });
    expect(authenticator.known(token)).toBeNull();
    const verdict = await authenticator.verify(token);
    expect(verdict).toEqual({ ok: true, identity: authenticator.known(token) as never });
    expect(authenticator.known(token.slice(0, -1))).toBeNull();
  });

  test("lets others with the same header be known at once", async () => {
    const tokens = [{}, { sub: "bob" }].map((claims) => signToken(claims, { now: clock.now() }));
    const [first = "", second = ""] = await Promise.all(tokens);
    await authenticator.verify(first);
    expect(authenticator.known(second)).toEqual(await identityOf({ sub: "bob" }));
  });

  test("says nothing about another header, beyond eight of them or one that is long", async () => {
    const knownAfterwards = async (kid: string) => {
      const header = { alg: "HS256", kid };
      const tokens = [{}, { sub: "bob" }].map((claims) => signToken(claims, { now: clock.now(), header }));
      const [first = "", second = ""] = await Promise.all(tokens);
      expect(authenticator.known(first)).toBeNull();
      expect(await authenticator.verify(first)).toMatchObject({ ok: true });
      return authenticator.known(second) !== null;
    };
    expect(await knownAfterwards("x".repeat(200))).toBe(false);
    const known = [];
    for (const kid of "abcdefghi") known.push(await knownAfterwards(kid));
    expect(known).toEqual([...Array(8).fill(true), false]);
  });

  test("is not remembered if the keys changed meanwhile", async () => {
    let generation = 1;
    const keys: TokenKeys = {
      algorithms: ["HS256"],
      generation: () => generation,
      prepare: async () => {},
      health: () => null,
      checkAtOnce: () => null,
      check: async () => {
        generation += 1;
        return { sub: "alice", exp: seconds() + 60 };
      },
    };
    const log = noopLog;
    const strict = new Authenticator({ keys, issuer: undefined, audience: undefined, clock, log });
    expect(await strict.verify("a.b.c")).toMatchObject({ ok: true });
    expect(strict.known("a.b.c")).toBeNull();
  });

  test("is not remembered if it was refused", async () => {
    const token = await signToken({ sub: "" }, { now: clock.now() });
    await authenticator.verify(token);
    expect(authenticator.known(token)).toBeNull();
  });
});
