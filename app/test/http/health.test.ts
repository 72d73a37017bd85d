import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { HttpWorld } from "../support/http-world.ts";
import { rawRequest } from "../support/raw-request.ts";
import { WsClient } from "../support/ws-client.ts";

let world: HttpWorld;
beforeEach(async () => {
  world = await HttpWorld.start();
});
afterEach(() => world.stop());

async function ask(path: string) {
  const response = await fetch(world.url + path);
  return { status: response.status, body: await response.json() };
}

/** The engine takes canaries and gives none back. */
async function loseCanaries(): Promise<void> {
  world.engine.probe = () => new Promise(() => {});
  for (let seconds = 0; seconds < 7; seconds += 1) world.clock.advance(1000);
}

describe("health", () => {
  test("tells about the instance", async () => {
    await WsClient.connect(`${world.url}/ws/chat/a`);
    const { status, body } = await ask("/health");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: "healthy",
      version: "1.2.3",
      color: "blue",
      instance: "i1",
      connections: 1,
      users: 1,
      rooms: 0,
      checks: { engine: { isHealthy: true, name: "embedded" }, drain: { isDraining: false } },
    });
    expect(body.checks.guests.warning).toContain("Guest mode");
    expect([body.uptime, body.timestamp, body.memory.rss].every(Number.isInteger)).toBe(true);
  });

  test("is 503 when canaries do not come back", async () => {
    await loseCanaries();
    const { status, body } = await ask("/health");
    expect([status, body.status, body.checks.engine.isHealthy]).toEqual([503, "unhealthy", false]);
  });

  test("of the sockets counts users and their connections", async () => {
    for (const id of ["a", "a", "b"]) await WsClient.connect(`${world.url}/ws/chat/${id}`);
    const { status, body } = await ask("/health/websocket");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      isHealthy: true,
      totalConnections: 3,
      uniqueUsers: 2,
      averageConnectionsPerUser: 1.5,
    });
  });

  test("of the sockets is no division by zero when there are none", async () => {
    const { body } = await ask("/health/websocket");
    expect(body.averageConnectionsPerUser).toBe(0);
  });
});

describe("readiness", () => {
  test("is given once a canary came back", async () => {
    expect(await ask("/health/ready")).toEqual({ status: 200, body: { status: "ready" } });
  });

  test("is not given while draining; the process lives", async () => {
    world.hub.drain.sendAllAway(1000);
    expect(await ask("/health/ready")).toEqual({ status: 503, body: { status: "draining" } });
    expect(await ask("/health/live")).toEqual({ status: 200, body: { status: "live" } });
    expect((await ask("/health")).body.status).toBe("healthy");
  });

  test("is not given when canaries do not come back; the process lives", async () => {
    await loseCanaries();
    expect(await ask("/health/ready")).toEqual({ status: 503, body: { status: "unavailable" } });
    expect((await ask("/health/live")).status).toBe(200);
  });
});

test.each(["/health", "/health/live", "/health/ready", "/health/websocket"])(
  "%s is for GET and HEAD, never cached",
  async (path) => {
    for (const method of ["GET", "HEAD"]) {
      const { status, headers } = await rawRequest(world.url + path, method);
      expect([status, headers.get("cache-control"), headers.get("x-served-by")]).toEqual([
        200,
        "no-store",
        "blue",
      ]);
    }
    const { status, headers } = await rawRequest(world.url + path, "POST", { "content-length": "0" });
    expect([status, headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  },
);
