import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isStackAsked, Stack } from "../support/stack.ts";

const startMs = 180_000;
const testMs = 120_000;
const socketCount = 500;
const groupSize = 25;
const reloadCount = 100;

let stack: Stack;

describe.skipIf(!isStackAsked)("sockets through Traefik (HOLDLINE_STACK=1)", () => {
  beforeAll(async () => {
    stack = await Stack.start({ overrides: ["scripts/load/compose.loadtest.yml"] });
  }, startMs);
  afterAll(() => stack?.[Symbol.asyncDispose](), testMs);

  test(
    "outlive a hundred reloads, each to the other colour",
    async () => {
      const closes: number[] = [];
      const sockets: WebSocket[] = [];
      while (sockets.length < socketCount) sockets.push(...(await openTogether(sockets.length)));
      for (const socket of sockets) socket.onclose = ({ code }) => closes.push(code);
      for (let reload = 1; reload <= reloadCount; reload += 1)
        await stack.writeTraffic(reload % 2 === 0 ? "blue" : "green");
      const answers = await Promise.all(sockets.map(ping));
      expect([closes, answers.length]).toEqual([[], socketCount]);
      expect(await stack.logs()).not.toContain("panic");
      for (const socket of sockets) socket.close();
    },
    testMs,
  );
});

/** In groups: what many handshakes at once meet is not the question here. */
function openTogether(first: number): Promise<WebSocket[]> {
  return Promise.all(Array.from({ length: groupSize }, (_, index) => open(first + index)));
}

/** A client with an address of its own, which only a load test's stack believes. */
function open(index: number): Promise<WebSocket> {
  const address = `198.18.${Math.floor(index / 250)}.${1 + (index % 250)}`;
  const socket = new WebSocket(`${stack.url.replace("http", "ws")}/ws/chat/reload-${index}`, {
    headers: { "x-forwarded-for": address },
  } as never);
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve(socket);
    socket.onerror = () => reject(new Error(`socket ${index} was refused`));
  });
}

function ping(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.onmessage = ({ data }) => JSON.parse(data).type === "pong" && resolve();
    socket.send(JSON.stringify({ type: "ping", id: "alive", payload: {} }));
  });
}
