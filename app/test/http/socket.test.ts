import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { HttpWorld } from "../support/http-world.ts";
import { rawRequest, upgradeHeaders } from "../support/raw-request.ts";

type Headers = Record<string, string>;

let world: HttpWorld;
beforeAll(async () => {
  world = await HttpWorld.start();
});
afterAll(async () => {
  await world.stop();
});

const upgrade = (path: string, headers: Headers = {}) =>
  rawRequest(world.url + path, "GET", { ...upgradeHeaders, ...headers });
const get = (path: string, headers: Headers = {}) => rawRequest(world.url + path, "GET", headers);
const codeOf = (body: string): string => JSON.parse(body).error.code;

describe("a refused handshake, as a WebSocket request and as a plain GET", () => {
  const longId = "a".repeat(65);
  const origin = "https://evil.example";
  const cases: [what: string, path: string, headers: Headers, status: number, code: string][] = [
    ["an id with a space", "/ws/chat/a%20b", {}, 400, "bad_request"],
    ["an id with a slash", "/ws/chat/a%2Fb", {}, 400, "bad_request"],
    ["an id with a line break", "/ws/chat/a%0Ab", {}, 400, "bad_request"],
    ["an id with a broken escape", "/ws/chat/%zz", {}, 400, "bad_request"],
    ["an id that is too long", `/ws/chat/${longId}`, {}, 400, "bad_request"],
    ["a foreign page", "/ws/chat/a", { origin }, 403, "origin_forbidden"],
    ["a local file", "/ws/chat/a", { origin: "null" }, 403, "origin_forbidden"],
    [
      "another version",
      "/ws/chat/a",
      { "sec-websocket-protocol": "holdline.v2" },
      400,
      "unsupported_version",
    ],
    [
      "another protocol",
      "/ws/chat/a",
      { "sec-websocket-protocol": "mqtt, wamp" },
      400,
      "unsupported_version",
    ],
    ["only a token", "/ws/chat/a", { "sec-websocket-protocol": "bearer.x" }, 400, "unsupported_version"],
    ["a token", "/ws/chat/a", { "sec-websocket-protocol": "holdline.v1, bearer.x" }, 401, "unauthorized"],
    ["a token in Authorization", "/ws/chat/a", { authorization: "Bearer x" }, 401, "unauthorized"],
    ["a token in the query", "/ws/chat/a?token=x", {}, 401, "unauthorized"],
    ["a token of nothing", "/ws/chat/a?token=", {}, 401, "unauthorized"],
    ["two tokens", "/ws/chat/a?token=x", { authorization: "Bearer x" }, 400, "bad_request"],
    ["a token twice", "/ws/chat/a?token=x&token=x", {}, 400, "bad_request"],
    ["an unknown path", "/ws/chat/a/b", {}, 404, "not_found"],
    ["another path", "/ws", {}, 404, "not_found"],
  ];
  test.each(cases)("%s: %s %j is %d %s", async (_what, path, headers, status, code) => {
    for (const answer of [await upgrade(path, headers), await get(path, headers)]) {
      expect([answer.status, codeOf(answer.body)]).toEqual([status, code]);
      expect(answer.headers.get("x-served-by")).toBe("blue");
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
    expect(world.hub.connectionCount).toBe(0);
  });
});

describe("a WebSocket request that is none", () => {
  const cases: [what: string, headers: Headers, status: number, code: string][] = [
    ["of an old version", { "sec-websocket-version": "8" }, 426, "upgrade_required"],
    ["of two versions", { "sec-websocket-version": "13, 8" }, 426, "upgrade_required"],
    ["without Connection", { connection: "keep-alive" }, 426, "upgrade_required"],
    ["for another protocol", { upgrade: "h2c" }, 426, "upgrade_required"],
    ["with a short key", { "sec-websocket-key": "abc" }, 400, "bad_request"],
    ["with a key that is no Base64", { "sec-websocket-key": "!!!!IHNhbXBsZSBub25jZQ==" }, 400, "bad_request"],
  ];
  test.each(cases)("%s: %j is %d %s", async (_what, headers, status, code) => {
    const answer = await upgrade("/ws/chat/a", headers);
    expect([answer.status, codeOf(answer.body)]).toEqual([status, code]);
    expect(answer.headers.get("sec-websocket-version")).toBe(status === 426 ? "13" : null);
    expect(world.hub.connectionCount).toBe(0);
  });

  test("a plain GET is told that a WebSocket would be accepted, and claims nothing", async () => {
    const answer = await get("/ws/chat/a");
    expect([answer.status, codeOf(answer.body)]).toEqual([426, "upgrade_required"]);
    expect(answer.headers.get("upgrade")).toBe("websocket");
    expect(world.hub.sessionCount).toBe(0);
  });

  test("HEAD is answered as GET, without a body", async () => {
    const answer = await rawRequest(`${world.url}/ws/chat/a`, "HEAD", upgradeHeaders);
    expect([answer.status, answer.body]).toEqual([426, ""]);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "TRACE"])("%s is not allowed", async (method) => {
    for (const path of ["/ws/chat", "/ws/chat/a"]) {
      const answer = await rawRequest(world.url + path, method, { ...upgradeHeaders, "content-length": "0" });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    }
  });
});

test("a refusal lists the versions that are served", async () => {
  const { body } = await get("/ws/chat/a", { "sec-websocket-protocol": "holdline.v9" });
  expect(JSON.parse(body).error.supported).toEqual(["holdline.v1"]);
});

test("a refusal names the origin that ALLOWED_ORIGINS lacks", async () => {
  const { body } = await get("/ws/chat/a", { origin: "https://App.example.com:443" });
  expect(JSON.parse(body).error.message).toContain("ALLOWED_ORIGINS must list https://app.example.com.");
});

test("a missing token is asked for by the scheme", async () => {
  const { headers } = await get("/ws/chat/a?token=x");
  expect(headers.get("www-authenticate")).toBe("Bearer");
});
