import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { createClient } from "../../client/index.ts";
import { eventually } from "../support/eventually.ts";
import { isStackAsked, Stack } from "../support/stack.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";

const startMs = 180_000;
const testMs = 60_000;
const text = "words that nobody else may read";

let stack: Stack;

describe.skipIf(!isStackAsked)("what containers write (HOLDLINE_STACK=1)", () => {
  beforeAll(async () => {
    stack = await Stack.start({ env: { JWT_SECRET: tokenSecret } });
  }, startMs);
  afterAll(() => stack?.[Symbol.asyncDispose](), testMs);

  test(
    "holds no token and no text, wherever the token was",
    async () => {
      const token = await signToken();
      const signature = token.slice(token.lastIndexOf(".") + 1);
      const client = createClient({ url: stack.url, token });
      await client.room("room:logs").join();
      await client.room("room:logs").send(text);
      client.close();
      const bearer = { authorization: `Bearer ${token}` };
      await fetch(`${stack.url}/api/rooms`, { headers: bearer });
      for (const path of ["/ws/chat/someone", "/metrics", "/nowhere", "/api/rooms"])
        await fetch(`${stack.url}${path}?token=${token}`);
      await fetch(stack.url, {
        headers: { referer: `${stack.url}/?token=${token}`, cookie: `token=${token}` },
      });
      await overWebSocket(`/ws/chat/in-url?token=${token}`);
      await overWebSocket(`/ws/chat/in-url?token=${token}x`);
      const handshakes = async () => (await stack.logs()).split('"RouterName":"websocket@file"').length - 1;
      await eventually("the last line", async () => (await handshakes()) === 4);
      const written = (await stack.logs()) + (await logFiles());
      expect(written).toContain("connection.closed");
      for (const kept of [signature, token, text, tokenSecret]) expect(written).not.toContain(kept);
    },
    testMs,
  );

  test("goes to files on this machine as well, which belong to the server", async () => {
    const names = await readdir(`${stack.directory}/app/logs/blue`);
    expect(names.filter((name) => /^(application|error)-.*\.log$/.test(name))).toHaveLength(2);
    expect(await stack.run("stat", "--format", "%u:%g", "app/logs/blue", "app/logs/green")).toBe(
      "1000:1000\n1000:1000\n",
    );
  });
});

async function overWebSocket(path: string): Promise<void> {
  const socket = new WebSocket(stack.url.replace("http", "ws") + path);
  await new Promise((resolve) => {
    socket.onopen = socket.onerror = resolve;
  });
  socket.close();
}

async function logFiles(): Promise<string> {
  return stack.run("sh", "-c", "cat app/logs/*/*.log");
}
