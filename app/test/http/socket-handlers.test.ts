import { afterEach, expect, test } from "bun:test";
import type { Connection } from "../../src/chat/connection.ts";
import { createSocketHandlers } from "../../src/http/socket-handlers.ts";
import { noopLog } from "../../src/telemetry/log.ts";
import { HttpWorld } from "../support/http-world.ts";
import { rawRequest, upgradeHeaders } from "../support/raw-request.ts";
import { WsClient } from "../support/ws-client.ts";

let world: HttpWorld;
afterEach(() => world.stop());

/** Gives connections of this id a handler that fails. */
function breakHandler(connectionId: string, handler: "opened" | "received"): void {
  const connect = world.hub.connect.bind(world.hub);
  world.hub.connect = (request, grant): Connection => {
    const connection = connect(request, grant);
    if (request.connectionId !== connectionId) return connection;
    connection[handler] = () => {
      throw new Error("secret");
    };
    return connection;
  };
}

async function ping(client: WsClient): Promise<string> {
  client.send({ type: "ping", id: "1", payload: {} });
  return (await client.event("pong")).type;
}

test("what a client sends reaches its connection", async () => {
  world = await HttpWorld.start();
  const client = await WsClient.connect(`${world.url}/ws/chat/a`);
  expect(await ping(client)).toBe("pong");
  await client.close();
  expect(world.hub.connectionCount).toBe(0);
});

test("a fault ends its own socket with a goodbye, and no other", async () => {
  world = await HttpWorld.start();
  breakHandler("broken", "received");
  const broken = await WsClient.connect(`${world.url}/ws/chat/broken`);
  const healthy = await WsClient.connect(`${world.url}/ws/chat/healthy`);
  broken.send({ type: "ping", payload: {} });
  expect(await broken.closed()).toBe(1012);
  expect((await broken.event("goodbye")).payload).toEqual({
    reason: "restart",
    closesInMs: 0,
    reconnect: true,
  });
  expect(await ping(healthy)).toBe("pong");
  expect(world.logged.map(({ fields }) => fields.stage)).toContain("socket.message");
});

test("a fault while opening leaves no socket behind", async () => {
  world = await HttpWorld.start();
  breakHandler("broken", "opened");
  await expect(WsClient.connect(`${world.url}/ws/chat/broken`)).rejects.toThrow("closed with 1012");
});

test("a frame above MAX_PAYLOAD_BYTES is closed with 1009, one below is read", async () => {
  world = await HttpWorld.start({ MAX_PAYLOAD_BYTES: "1024" });
  const client = await WsClient.connect(`${world.url}/ws/chat/a`);
  client.send(" ".repeat(1024));
  await client.event("error");
  client.send(" ".repeat(1025));
  expect(await client.closed()).toBe(1009);
});

test.each([
  ["1024", /^permessage-deflate/],
  ["0", /^$/],
])("compression from %s bytes on is negotiated as %p", async (threshold, extensions) => {
  world = await HttpWorld.start({ COMPRESSION_THRESHOLD_BYTES: threshold });
  const headers = {
    ...upgradeHeaders,
    "sec-websocket-extensions": "permessage-deflate; client_max_window_bits",
  };
  const answer = await rawRequest(`${world.url}/ws/chat/a`, "GET", headers);
  expect(answer.headers.get("sec-websocket-extensions") ?? "").toMatch(extensions);
});

test("Bun cuts slow readers at the send buffer, and leaves pings and timeouts to us", async () => {
  world = await HttpWorld.start({ SEND_BUFFER_BYTES: "3000000" });
  expect(createSocketHandlers(world.config, noopLog)).toMatchObject({
    backpressureLimit: 3_000_000,
    closeOnBackpressureLimit: true,
    idleTimeout: 0,
    sendPings: false,
  });
});
