import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../../src/chat/engine.ts";
import { HttpWorld } from "../../support/http-world.ts";
import { rawRequest } from "../../support/raw-request.ts";
import { signToken, tokenSecret } from "../../support/tokens.ts";

let world: HttpWorld;
let bearer: { authorization: string };
beforeAll(async () => {
  world = await HttpWorld.start({ JWT_SECRET: tokenSecret, ALLOWED_ORIGINS: "https://app.example.com" });
  bearer = { authorization: `Bearer ${await signToken()}` };
});
afterAll(() => world.stop());

const listed = "https://app.example.com";
const messages = "/api/rooms/room:a/messages";

const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
  rawRequest(world.url + path, method, { "content-length": "0", ...headers });

const codeOf = ({ body }: { body: string }): string => JSON.parse(body).error.code;

describe("who sends no good token", () => {
  const cases: [what: string, authorization: string | undefined][] = [
    ["none", undefined],
    ["another scheme", "Basic YWxpY2U6eA=="],
    ["no token after the scheme", "Bearer"],
    ["two tokens", "Bearer a, Bearer b"],
    ["a token that is none", "Bearer abc"],
  ];
  test.each(cases)("%s is asked for one", async (_what, authorization) => {
    const answer = await ask("GET", messages, authorization === undefined ? {} : { authorization });
    expect([answer.status, codeOf(answer)]).toEqual([401, "unauthorized"]);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("content-type")).toStartWith("application/json");
  });

  test("in the URL is asked for one: URLs are logged", async () => {
    const answer = await ask("GET", `${messages}?token=${await signToken()}`);
    expect(answer.status).toBe(401);
  });

  test("where tokens cannot be checked learns what the server lacks", async () => {
    const guests = await HttpWorld.start();
    const answer = await rawRequest(guests.url + messages, "GET", bearer);
    expect([answer.status, codeOf(answer)]).toEqual([401, "unauthorized"]);
    expect(answer.body).toContain("JWT_SECRET");
    await guests.stop();
  });
});

describe("a path or method that is not served", () => {
  const cases: [method: string, path: string, status: number, allow: string | null][] = [
    ["GET", "/api", 404, null],
    ["GET", "/api/", 404, null],
    ["GET", "/api/nothing", 404, null],
    ["GET", "/api//rooms/room:a/messages", 404, null],
    ["GET", "/api/rooms//messages", 404, null],
    ["GET", "/api/%zz", 404, null],
    ["GET", "/api/__proto__", 404, null],
    ["OPTIONS", "/api/nothing", 404, null],
    ["PUT", messages, 405, "POST, GET, HEAD, OPTIONS"],
    ["TRACE", messages, 405, "POST, GET, HEAD, OPTIONS"],
  ];
  test.each(cases)("%s %s is %d", async (method, path, status, allow) => {
    const answer = await ask(method, path, { origin: listed });
    const code = status === 404 ? "not_found" : "method_not_allowed";
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.headers.get("allow")).toBe(allow);
    expect(answer.headers.get("access-control-allow-origin")).toBe(listed);
    expect(answer.headers.get("x-served-by")).toBe("blue");
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });
});

describe("a route", () => {
  test("answers HEAD as GET, without the body", async () => {
    const answer = await ask("HEAD", messages, bearer);
    expect([answer.status, answer.body]).toEqual([200, ""]);
    expect(Number(answer.headers.get("content-length"))).toBeGreaterThan(0);
  });

  test("may be called with a slash at its end", async () => {
    expect((await ask("GET", `${messages}/`, bearer)).status).toBe(200);
  });

  test("is measured under its pattern, whatever it answers", async () => {
    world.measured.length = 0;
    await ask("GET", messages, bearer);
    await ask("GET", messages);
    await ask("GET", `${messages}?limit=0`, bearer);
    await ask("GET", "/api/nothing");
    const route = "/api/rooms/:room/messages";
    expect(world.measured).toEqual([
      { route, method: "GET", status: 200 },
      { route, method: "GET", status: 401 },
      { route, method: "GET", status: 400 },
      { route: "/api/*", method: "GET", status: 404 },
    ]);
  });
});

describe("a page of another origin", () => {
  const preflight = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
  };

  test("that is listed may send what the API takes", async () => {
    const answer = await ask("OPTIONS", messages, { origin: listed, ...preflight });
    expect([answer.status, answer.body]).toEqual([204, ""]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "access-control-allow-origin": listed,
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": "Authorization, Content-Type",
      vary: "Origin",
    });
  });

  test.each([200, 401])("that is listed may read a %d, and when to come back", async (status) => {
    const answer = await ask("GET", messages, { origin: listed, ...(status === 200 ? bearer : {}) });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([status, listed]);
    expect(answer.headers.get("access-control-expose-headers")).toBe("Retry-After, X-Served-By");
  });

  test("that is not listed may do neither", async () => {
    const origin = "https://evil.example";
    const asked = await ask("OPTIONS", messages, { origin, ...preflight });
    expect([asked.status, codeOf(asked)]).toEqual([403, "forbidden"]);
    const read = await ask("GET", messages, { origin, ...bearer });
    for (const { headers } of [asked, read]) {
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(headers.get("vary")).toBe("Origin");
    }
  });
});

test("an engine that cannot answer is told as that, and when to try again", async () => {
  world.engine.failsWith = () => new EngineUnavailable("down");
  const answer = await ask("GET", messages, { origin: listed, ...bearer });
  world.engine.failsWith = () => null;
  expect([answer.status, codeOf(answer)]).toEqual([503, "unavailable"]);
  expect(answer.headers.get("retry-after")).toBe("2");
  expect(answer.headers.get("access-control-allow-origin")).toBe(listed);
});

test("a fault tells nothing, and is logged without what the client sent", async () => {
  world.engine.failsWith = () => new Error("secret");
  const answer = await ask("GET", `${messages}?limit=7`, bearer);
  world.engine.failsWith = () => null;
  expect([answer.status, JSON.parse(answer.body)]).toEqual([
    500,
    { error: { code: "internal", message: "Something failed here." } },
  ]);
  const [line] = world.logged.filter(({ event }) => event === "http.failed");
  expect(line?.fields).toMatchObject({ route: "/api/rooms/:room/messages", method: "GET" });
  expect(JSON.stringify(line)).not.toContain("limit=7");
});
