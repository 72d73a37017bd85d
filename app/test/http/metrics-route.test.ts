import { afterEach, describe, expect, test } from "bun:test";
import { HttpWorld } from "../support/http-world.ts";
import { rawRequest } from "../support/raw-request.ts";

type Headers = Record<string, string>;

let world: HttpWorld;
afterEach(() => world.stop());

async function statusOf(headers: Headers, env: Headers): Promise<number> {
  world = await HttpWorld.start(env);
  return (await rawRequest(`${world.url}/metrics`, "GET", headers)).status;
}

describe("without a token, metrics are for local clients", () => {
  const cases: [who: string, headers: Headers, status: number][] = [
    ["this machine", {}, 200],
    ["a private client behind a proxy", { "x-forwarded-for": "10.1.2.3" }, 200],
    [
      "a private client that a proxy names",
      { "x-forwarded-for": "10.1.2.3", "x-forwarded-proto": "https" },
      200,
    ],
    ["a public client behind a proxy", { "x-forwarded-for": "203.0.113.9" }, 403],
    ["a client that claims to be private", { "x-forwarded-for": "10.1.2.3, 203.0.113.9" }, 403],
    ["a relayed client that is not named", { "x-forwarded-proto": "https" }, 403],
    ["a relayed client that is not named either", { via: "1.1 proxy" }, 403],
    ["any client of a proxy that says Forwarded only", { forwarded: "for=10.1.2.3" }, 403],
    ["a token that is not asked for", { "x-forwarded-for": "203.0.113.9", authorization: "Bearer x" }, 403],
  ];
  test.each(cases)("%s: %j is %d", async (_who, headers, status) => {
    expect(await statusOf(headers, {})).toBe(status);
  });

  test("a header of a peer that is no proxy opens nothing, and hides nothing", async () => {
    expect(await statusOf({ "x-forwarded-for": "203.0.113.9" }, { TRUSTED_PROXIES: "192.0.2.1" })).toBe(200);
  });
});

describe("with a token, metrics are for its bearer", () => {
  const cases: [authorization: string, status: number][] = [
    ["Bearer open-sesame", 200],
    ["bearer open-sesame", 200],
    ["Bearer open-sesam", 401],
    ["Bearer open-sesame-", 401],
    ["Bearer ", 401],
    ["Basic open-sesame", 401],
    ["open-sesame", 401],
  ];
  test.each(cases)("%s is %d", async (authorization, status) => {
    expect(await statusOf({ authorization }, { METRICS_TOKEN: "open-sesame" })).toBe(status);
  });

  test("wherever the bearer is", async () => {
    const headers = { authorization: "Bearer open-sesame", "x-forwarded-for": "203.0.113.9" };
    expect(await statusOf(headers, { METRICS_TOKEN: "open-sesame" })).toBe(200);
  });

  test("nobody else, not even on this machine", async () => {
    expect(await statusOf({}, { METRICS_TOKEN: "open-sesame" })).toBe(401);
  });
});

test("metrics are Prometheus text, never cached", async () => {
  world = await HttpWorld.start();
  const { headers, body } = await rawRequest(`${world.url}/metrics`);
  expect(body).toContain("websocket_connections_total");
  expect(headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
  expect(headers.get("cache-control")).toBe("no-store");
});

test("a refusal is JSON that says how to get in", async () => {
  world = await HttpWorld.start({ METRICS_TOKEN: "open-sesame" });
  const { headers, body } = await rawRequest(`${world.url}/metrics`);
  expect(JSON.parse(body).error).toMatchObject({ code: "unauthorized" });
  expect(headers.get("www-authenticate")).toBe("Bearer");
  expect(body).not.toContain("sesame");
});
