import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { AskedInstances } from "../support/asked-instances.ts";
import { HttpWorld } from "../support/http-world.ts";
import { rawRequest, upgradeHeaders } from "../support/raw-request.ts";

let world: HttpWorld;
beforeEach(async () => {
  world = await HttpWorld.start();
});
afterEach(() => world.stop());

test.each(["", "/a"])("a WebSocket at /ws/chat%s is measured under its route", async (path) => {
  await rawRequest(`${world.url}/ws/chat${path}`);
  await rawRequest(`${world.url}/ws/chat${path}`, "HEAD");
  const route = path === "" ? "/ws/chat" : "/ws/chat/:connectionId";
  expect(world.measured).toMatchObject([
    { route, method: "GET" },
    { route, method: "HEAD" },
  ]);
});

describe("a fault in a handshake", () => {
  const fail = (error: Error) => () => {
    throw error;
  };
  const cases: [what: string, claimSession: () => Promise<never>, status: number, logged: number][] = [
    ["thrown", fail(new TypeError("secret")), 500, 1],
    ["rejected", () => Promise.reject(new TypeError("secret")), 500, 1],
    ["of the engine, thrown", fail(new EngineUnavailable("secret")), 503, 0],
    ["of the engine, rejected", () => Promise.reject(new EngineUnavailable("secret")), 503, 0],
  ];
  test.each(cases)("%s is an answer that tells nothing", async (_what, claimSession, status, logged) => {
    world.engine.others = Object.assign(new AskedInstances(), { claimSession });
    const answer = await rawRequest(`${world.url}/ws/chat/a`, "GET", upgradeHeaders);
    expect([answer.status, answer.headers.get("x-served-by")]).toEqual([status, "blue"]);
    expect([answer.headers.get("cache-control"), answer.body.includes("secret")]).toEqual([
      "no-store",
      false,
    ]);
    const faults = world.logged.filter(({ event }) => event === "http.failed");
    expect(faults).toHaveLength(logged);
    for (const { fields } of faults)
      expect(fields).toMatchObject({ route: "/ws/chat/:connectionId", method: "GET" });
  });
});
