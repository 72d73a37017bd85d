import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Elysia } from "elysia";
import { failures } from "../../src/http/failures.ts";
import { type LogFields, noopLog } from "../../src/telemetry/log.ts";
import { HttpWorld } from "../support/http-world.ts";
import { rawRequest } from "../support/raw-request.ts";

describe("a fault", () => {
  const faults: [what: string, handle: () => unknown][] = [
    ["thrown", () => fail()],
    ["rejected", () => Promise.reject(new TypeError("secret"))],
    [
      "that is no Error",
      () => {
        throw "secret";
      },
    ],
    [
      "that claims to be an answer",
      () => Promise.reject(Object.assign(new Error("secret"), { status: 200 })),
    ],
  ];
  test.each(faults)("%s is an answer that tells nothing, and a line in the log", async (_what, handle) => {
    const logged: LogFields[] = [];
    const log = { ...noopLog, error: (_event: string, fields: LogFields = {}) => void logged.push(fields) };
    const app = new Elysia().use(failures({ log, routes: () => [] })).get("/x", handle);
    const response = await app.handle(new Request("http://localhost/x?token=hidden"));
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: { code: "internal", message: "Something failed here." } },
    ]);
    expect(logged).toMatchObject([{ route: "/x", method: "GET" }]);
    expect(JSON.stringify(logged)).not.toContain("hidden");
  });
});

function fail(): never {
  throw new Error("secret");
}

describe("an unknown request", () => {
  let world: HttpWorld;
  beforeAll(async () => {
    world = await HttpWorld.start();
  });
  afterAll(() => world.stop());

  const cases: [method: string, path: string, status: number, code: string][] = [
    ["GET", "/nothing", 404, "not_found"],
    ["POST", "/nothing", 404, "not_found"],
    ["OPTIONS", "/nothing", 404, "not_found"],
    ["GET", "/..%2f..%2fetc%2fpasswd", 404, "not_found"],
    ["GET", "/%2e%2e/%2e%2e/package.json", 404, "not_found"],
    ["GET", "/.git/config", 404, "not_found"],
    ["GET", "/%00", 404, "not_found"],
    ["GET", "/%zz", 404, "not_found"],
    ["GET", "/__proto__", 404, "not_found"],
    ["GET", "/health/__proto__", 404, "not_found"],
    ["GET", `/${"a".repeat(8000)}`, 404, "not_found"],
    ["DELETE", "/", 405, "method_not_allowed"],
    ["PUT", "/metrics", 405, "method_not_allowed"],
    ["OPTIONS", "/health", 405, "method_not_allowed"],
  ];
  test.each(cases)("%s %s is %d %s", async (method, path, status, code) => {
    const answer = await rawRequest(world.url + path, method, { "content-length": "0" });
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([status, code]);
    expect([answer.headers.get("x-served-by"), answer.headers.get("cache-control")]).toEqual([
      "blue",
      "no-store",
    ]);
  });

  test("is measured without its path", async () => {
    world.measured.length = 0;
    await rawRequest(`${world.url}/nothing`);
    await rawRequest(`${world.url}/health`, "DELETE");
    await rawRequest(`${world.url}/health/live`);
    expect(world.measured).toEqual([
      { route: "other", method: "GET", status: 404 },
      { route: "other", method: "DELETE", status: 405 },
      { route: "/health/live", method: "GET", status: 200 },
    ]);
  });
});
