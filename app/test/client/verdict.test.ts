import { afterAll, beforeAll, expect, test } from "bun:test";
import { askWhy } from "../../client/verdict.ts";

let answer: () => Response;
let authorizations: (string | null)[];
let server: Bun.Server<undefined>;
beforeAll(() => {
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      authorizations.push(request.headers.get("authorization"));
      return answer();
    },
  });
});
afterAll(() => server.stop(true));

const ask = async (response: Response, token: string | null = null) => {
  authorizations = [];
  answer = () => response;
  return await askWhy(server.url.href, token);
};
const ours = (code: string, status: number, headers = {}) =>
  Response.json({ error: { code, message: `It is ${code}.` } }, { status, headers });

const verdicts: [status: number, code: string, isFinal: boolean][] = [
  [400, "bad_request", true],
  [400, "unsupported_version", true],
  [401, "unauthorized", false],
  [403, "origin_forbidden", true],
  [409, "session_taken", false],
  [426, "upgrade_required", false],
  [429, "connection_limit_user", false],
  [503, "draining", false],
];
test.each(verdicts)("our %d %s: final is %p", async (status, code, isFinal) => {
  const { error, ...verdict } = await ask(ours(code, status));
  expect(verdict).toEqual({ isFinal, waitMs: 0 });
  expect(error).toMatchObject({ code, message: `It is ${code}.`, retryable: !isFinal });
});

test("the token goes along, a guest has none", async () => {
  await ask(ours("unauthorized", 401), "a.b.c");
  expect(authorizations).toEqual(["Bearer a.b.c"]);
  await ask(ours("unauthorized", 401));
  expect(authorizations).toEqual([null]);
});

const proxies: [what: string, response: Response, code: string][] = [
  ["a plain 429", new Response("Too Many Requests", { status: 429 }), "http_429"],
  ["an HTML 502", new Response("<h1>Bad Gateway</h1>", { status: 502 }), "http_502"],
  ["a 403 that is not ours", new Response("denied", { status: 403 }), "http_403"],
  ["JSON of another shape", Response.json({ error: "no" }, { status: 400 }), "http_400"],
  ["JSON null", Response.json(null, { status: 500 }), "http_500"],
  ["an error without a code", Response.json({ error: { code: 7 } }, { status: 503 }), "http_503"],
];
test.each(proxies)("%s of a proxy is never final", async (_what, response, code) => {
  expect(await ask(response)).toMatchObject({ error: { code, retryable: true }, isFinal: false });
});

const waits: [retryAfter: string, fromMs: number, toMs: number][] = [
  ["7", 7000, 7000],
  ["0", 0, 0],
  ["999999", 300_000, 300_000],
  ["soon", 0, 0],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0, 0],
  [new Date(Date.now() + 60_000).toUTCString(), 50_000, 60_000],
];
test.each(waits)("Retry-After: %s", async (retryAfter, fromMs, toMs) => {
  const { waitMs } = await ask(new Response("", { status: 429, headers: { "retry-after": retryAfter } }));
  expect(waitMs).toBeGreaterThanOrEqual(fromMs);
  expect(waitMs).toBeLessThanOrEqual(toMs);
});

test("a server that is not there is unreachable, and may come back", async () => {
  using gone = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const url = gone.url.href;
  await gone.stop(true);
  expect(await askWhy(url, null)).toMatchObject({
    error: { code: "unreachable" },
    isFinal: false,
    waitMs: 0,
  });
});
