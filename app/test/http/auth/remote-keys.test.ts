import { afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { Authenticator } from "../../../src/http/auth/authenticator.ts";
import { RemoteKeys } from "../../../src/http/auth/remote-keys.ts";
import { type LogEvent, type LogFields, noopLog } from "../../../src/telemetry/log.ts";
import { eventually } from "../../support/eventually.ts";
import { type IssuerKey, KeyServer, makeKey } from "../../support/key-server.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { unusedPort } from "../../support/spawned-server.ts";
import { toSeconds } from "../../support/tokens.ts";

const freshMs = 600_000;
const dayMs = 86_400_000;

let [first, second]: IssuerKey[] = [];
let server: KeyServer;
let clock: ManualClock;
let authenticator: Authenticator;
let logged: { event: LogEvent; fields: LogFields | undefined }[];

beforeAll(async () => {
  [first, second] = await Promise.all([makeKey("ES256", "first"), makeKey("ES256", "second")]);
});

beforeEach(() => {
  server = new KeyServer();
  clock = new ManualClock();
  logged = [];
  authenticator = authenticate(server.url);
});

afterEach(() => server[Symbol.asyncDispose]());

function authenticate(url: string): Authenticator {
  const log = {
    ...noopLog,
    error: (event: LogEvent, fields?: LogFields) => void logged.push({ event, fields }),
  };
  const keys = new RemoteKeys({ url, clock, log, timeoutMs: 200 });
  return new Authenticator({ keys, issuer: undefined, audience: undefined, clock, log });
}

/** Good for a week: what matters here are the keys. */
const sign = (key: IssuerKey | undefined, header = {}) =>
  key?.sign({ exp: toSeconds(clock.now() + 7 * dayMs) }, header, clock.now()) ?? "";

async function outcomeOf(token: string): Promise<string> {
  const verdict = await authenticator.verify(token);
  return verdict.ok ? "ok" : verdict.code;
}

const outcome = async (key: IssuerKey | undefined, header = {}) => outcomeOf(await sign(key, header));

describe("a token is checked with the keys that the issuer publishes", () => {
  test.each(["RS256", "ES256", "EdDSA"])("of %s", async (alg) => {
    const key = await makeKey(alg, "k");
    server.publish(key);
    expect(await outcome(key)).toBe("ok");
    expect(await outcome(await makeKey(alg, "k"))).toBe("unauthorized");
  });

  test("which are asked for once, however many tokens come", async () => {
    server.publish(first as IssuerKey);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => sign(first)));
    expect(new Set(await Promise.all(tokens.map(outcomeOf)))).toEqual(new Set(["ok"]));
    expect(server.requests).toBe(1);
  });

  test("with each of its kind where it names none", async () => {
    const keys = await Promise.all([makeKey("ES256"), makeKey("ES256"), makeKey("RS256")]);
    server.publish(...keys);
    for (const key of keys) expect(await outcome(key)).toBe("ok");
    expect(await outcome(await makeKey("ES256"))).toBe("unauthorized");
  });

  test("and with a hundred of them at most", async () => {
    const others = Array.from({ length: 99 }, (_, index) => ({
      jwk: { ...second?.jwk, kid: String(index) },
    }));
    server.publish(...others, first as IssuerKey, second as IssuerKey);
    expect([await outcome(first), await outcome(second)]).toEqual(["ok", "unauthorized"]);
  });

  test.each([
    ["for encryption", { use: "enc" }],
    ["for other operations", { key_ops: ["sign"] }],
    ["of another algorithm", { alg: "ES384" }],
  ])("but with none %s", async (_what, change) => {
    server.publish({ jwk: { ...first?.jwk, ...change } });
    expect(await outcome(first)).toBe("unauthorized");
  });

  test.each([
    ["whose point is on no curve", { x: "AAAA" }],
    ["that lacks a part", { y: undefined }],
    ["that is private", { d: "AAAA" }],
  ])("but with none %s", async (_what, change) => {
    server.publish({ jwk: { ...first?.jwk, ...change } }, second as IssuerKey);
    expect([await outcome(first), await outcome(second)]).toEqual(["unauthorized", "ok"]);
  });
});

describe("keys change", () => {
  test("and a new one is known with the first token", async () => {
    server.publish(first as IssuerKey);
    expect(await outcome(first)).toBe("ok");
    server.publish(first as IssuerKey, second as IssuerKey);
    expect([await outcome(second), await outcome(first)]).toEqual(["ok", "ok"]);
    expect(server.requests).toBe(2);
  });

  test("and those that are gone are no good, not even for tokens that were", async () => {
    server.publish(first as IssuerKey);
    await authenticator.prepare();
    const token = await sign(first);
    expect(await outcomeOf(token)).toBe("ok");
    server.publish(second as IssuerKey);
    clock.advance(freshMs + 1);
    // Whoever comes while the keys are renewed need not wait for them.
    expect(await outcomeOf(token)).toBe("ok");
    await eventually("the new keys", async () => (await outcomeOf(token)) === "unauthorized");
    expect(await outcome(second)).toBe("ok");
    expect(authenticator.known(token)).toBeNull();
  });

  test("and made-up ones have the key server asked three times, then every ten seconds", async () => {
    server.publish(first as IssuerKey);
    await authenticator.prepare();
    const token = await sign(first);
    expect(await outcomeOf(token)).toBe("ok");
    for (let index = 0; index < 20; index += 1)
      expect(await outcome(first, { kid: `made-up-${index}` })).toBe("unauthorized");
    expect(server.requests).toBe(3);
    clock.advance(10_000);
    for (let index = 0; index < 20; index += 1) await outcome(first, { kid: `other-${index}` });
    expect(server.requests).toBe(4);
    // Keys that stay the same are no reason to check again.
    expect(authenticator.known(token)).not.toBeNull();
  });
});

const drip = () =>
  new Response(
    new ReadableStream({
      async pull(controller) {
        await Bun.sleep(20);
        controller.enqueue(" ");
      },
    }),
  );

describe("without keys nobody knows", () => {
  const huge = JSON.stringify({ keys: [{ kty: "EC", kid: "x".repeat(300_000) }] });
  const answers: [what: string, answer: () => Response | Promise<Response>, reason: string][] = [
    ["an error", () => new Response("secret detail", { status: 500 }), "the key server answered 500"],
    ["another address", () => Response.redirect("/elsewhere"), "the key server answered 302"],
    ["nothing", () => new Response(null, { status: 204 }), "the key server answered 204"],
    ["no JSON", () => new Response("<html>"), "the key server's answer is no key set"],
    ["null", () => Response.json(null), "the key server's answer is no key set"],
    ["no list", () => Response.json({ keys: { length: 1 } }), "the key server's answer is no key set"],
    ["odd keys", () => Response.json({ keys: [7] }), "the key server's answer is no key set"],
    ["too much", () => new Response(huge), "the key set is larger than 262144 bytes"],
    ["too late", () => new Promise<Response>(() => {}), "the key server did not answer in time"],
    ["drop by drop", drip, "the key server did not answer in time"],
  ];
  test.each(answers)("when the key server answers %s", async (_what, answer, reason) => {
    server.answer = answer;
    expect(await outcome(first)).toBe("unavailable");
    expect(logged).toMatchObject([
      { event: "task.failed", fields: { stage: "keys", error: { message: reason } } },
    ]);
  });

  test("when it is not there, nor then for a while; then it is", async () => {
    await using late = new KeyServer(unusedPort());
    const { url, port } = late;
    await late[Symbol.asyncDispose]();
    authenticator = authenticate(url.replace("//", "//user:secret@"));
    for (let index = 0; index < 5; index += 1) expect(await outcome(first)).toBe("unavailable");
    await using back = new KeyServer(port);
    back.publish(first as IssuerKey);
    clock.advance(10_000);
    expect(await outcome(first)).toBe("ok");
    expect(logged).toHaveLength(1);
    expect(Bun.inspect(logged)).not.toContain("secret");
  });

  test("beyond a thousand who wait for them", async () => {
    let isAsked = () => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    let publish = (_answer: Response) => {};
    server.answer = () => {
      isAsked();
      return new Promise((resolve) => {
        publish = resolve;
      });
    };
    const token = await sign(first);
    const waiting = Array.from({ length: 1000 }, () => outcomeOf(token));
    await asked;
    expect(await outcomeOf(token)).toBe("unavailable");
    publish(Response.json({ keys: [first?.jwk] }));
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["ok"]));
    server.publish(second as IssuerKey);
    expect(await outcome(second)).toBe("ok");
  });
});

describe("while the key server cannot be reached", () => {
  beforeEach(async () => {
    server.publish(first as IssuerKey);
    expect(await outcome(first)).toBe("ok");
    server.answer = () => new Response(null, { status: 500 });
  });

  test("known keys go on being used", async () => {
    clock.advance(dayMs - 1);
    expect(await outcome(first)).toBe("ok");
    await eventually("a failed attempt", () => logged.length === 1);
    expect(await outcome(first)).toBe("ok");
  });

  test("but not for more than a day, and then again", async () => {
    const token = await sign(first);
    expect(await outcomeOf(token)).toBe("ok");
    clock.advance(dayMs + 1);
    expect(authenticator.known(token)).toBeNull();
    expect(await outcomeOf(token)).toBe("unavailable");
    server.publish(first as IssuerKey);
    clock.advance(10_000);
    expect(await outcomeOf(token)).toBe("ok");
  });

  test("nobody knows whether there is another key", async () => {
    expect(await outcome(second)).toBe("unavailable");
    server.publish(first as IssuerKey);
    clock.advance(10_000);
    expect(await outcome(second)).toBe("unauthorized");
  });
});
