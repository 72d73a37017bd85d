import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { HttpWorld } from "../support/http-world.ts";
import { rawRequest, upgradeHeaders } from "../support/raw-request.ts";

let world: HttpWorld;
beforeAll(async () => {
  world = await HttpWorld.start({ ALLOWED_ORIGINS: "https://app.example.com, null" });
});
afterAll(() => world.stop());

const listed = "https://app.example.com";
const preflightHeaders = {
  "access-control-request-method": "GET",
  "access-control-request-headers": "authorization",
};

describe("a plain GET of a page", () => {
  const cases: [origin: string, status: number, allowed: string | null][] = [
    [listed, 426, listed],
    ["null", 426, "null"],
    ["https://127.0.0.1", 426, "https://127.0.0.1"],
    ["https://evil.example", 403, "*"],
  ];
  test.each(cases)("of %s is %d, readable by %p", async (origin, status, allowed) => {
    const answer = await rawRequest(`${world.url}/ws/chat/a`, "GET", { origin });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([status, allowed]);
    expect(answer.headers.get("vary")).toBe("Origin");
  });

  test("may read when to try again and who answered", async () => {
    const { headers } = await rawRequest(`${world.url}/ws/chat/a`, "GET", { origin: listed });
    expect(headers.get("access-control-expose-headers")).toBe("Retry-After, X-Served-By");
  });

  test("may read why a token was refused", async () => {
    const headers = { origin: listed, authorization: "Bearer x" };
    const answer = await rawRequest(`${world.url}/ws/chat/a`, "GET", headers);
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([401, listed]);
  });
});

describe("a preflight", () => {
  test.each(["/ws/chat", "/ws/chat/a"])("of a listed page for %s allows Authorization", async (path) => {
    const headers = { origin: listed, ...preflightHeaders };
    const answer = await rawRequest(world.url + path, "OPTIONS", headers);
    expect([answer.status, answer.body]).toEqual([204, ""]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "access-control-allow-origin": listed,
      "access-control-allow-methods": "GET, HEAD",
      "access-control-allow-headers": "Authorization",
      vary: "Origin",
    });
  });

  test("of another page is refused", async () => {
    const headers = { origin: "https://evil.example", ...preflightHeaders };
    const answer = await rawRequest(`${world.url}/ws/chat/a`, "OPTIONS", headers);
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([403, null]);
    expect(JSON.parse(answer.body).error.code).toBe("origin_forbidden");
  });
});

test("a WebSocket of a listed page is accepted", async () => {
  const answer = await rawRequest(`${world.url}/ws/chat/a`, "GET", { ...upgradeHeaders, origin: listed });
  expect(answer.status).toBe(101);
});
