import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { hasNode, PackagedClient } from "../support/packaged-client.ts";
import { ServerHome } from "../support/server-home.ts";

const setUpMs = 60_000;

/** Uses every kind of what the package exports, so that its types are checked. */
const consumer = `
import { type Client, type ClientOptions, createClient, HoldlineError, type Message, type Room } from "holdline-client";

const options: ClientOptions = { url: "http://localhost:3001", getToken: async () => "token", pipeline: 2 };
const client: Client = createClient(options);
const room: Room = client.room("room:lobby");
room.on("message", (message: Message) => console.log(message.content.length, message.meta?.["reply"]));
room.on("reset", ({ reason, messages }) => console.log(reason === "new", messages[0]?.reactions));
const seq: number = (await room.send("hello", { meta: { reply: 1 } })).seq;
for await (const { userName } of room.events("userJoined")) console.log(userName, seq);
client.on("gaveUp", (error) => console.log(error instanceof HoldlineError, error.code));
// @ts-expect-error There is no such event.
room.on("mesage", () => {});
// @ts-expect-error Events are the client's to tell.
room.emit("left", { reason: "" });
// @ts-expect-error There is no such option.
createClient({ reconnect: true });
`;

/** As a program of its own: says hello, hears it, and ends. */
const smokeTest = `
import { createClient } from "holdline-client";
const [url, isWithWebSocket] = process.argv.slice(2);
const options = isWithWebSocket ? { url, WebSocket: (await import("ws")).WebSocket } : { url };
const client = createClient(options);
const room = client.room("room:node");
const heard = new Promise((resolve) => room.on("message", resolve));
await room.join();
await room.send("hello");
const { content, isOwn } = await heard;
console.log(JSON.stringify({ content, isOwn }));
client.close();
`;

let installed: PackagedClient;
beforeAll(async () => {
  installed = await PackagedClient.install();
  await installed.write("consumer.ts", consumer);
  await installed.write("console.d.ts", "declare const console: { log(...all: unknown[]): void };");
  await installed.write("smoke.js", smokeTest);
}, setUpMs);
afterAll(() => installed[Symbol.asyncDispose]());

test("the package needs nothing: no other package, and nothing of the server's sources", async () => {
  const directory = join(installed.directory, "dist/client");
  const files = await Array.fromAsync(new Bun.Glob("**").scan(directory));
  expect(files).toContain("README.md");
  const sources = files.filter((file) => /\.(js|d\.ts)$/.test(file));
  expect(sources.length).toBeGreaterThan(5);
  for (const file of sources) {
    const text = await Bun.file(join(directory, file)).text();
    const imported = [...text.matchAll(/^(?:import|export)[^"]*from "([^"]+)";?$/gm)].map(
      ([, name = ""]) => name,
    );
    const declarations = imported.map((name) => name.replace(/^\.\/(.*)\.js$/, "$1.d.ts"));
    expect(declarations.filter((name) => !sources.includes(name))).toEqual([]);
  }
});

describe.skipIf(!hasNode)("installed by npm (needs node and npm)", () => {
  test.each([
    ["bundler", "preserve"],
    ["nodenext", "nodenext"],
  ])(
    "its types are right under moduleResolution %s, without the types of any runtime",
    async (resolution, module) => {
      const modules = ["--moduleResolution", resolution, "--module", module];
      const options = [...modules, "--skipLibCheck", "false", "--lib", "es2022", "--types", ""];
      expect(await installed.check(["console.d.ts", "consumer.ts"], ...options)).toBe("");
    },
    setUpMs,
  );

  test("it chats on Node, given a WebSocket", async () => {
    await using home = await ServerHome.create();
    const { url } = await home.start();
    const { stdout } = installed.node("smoke.js", url, "ws");
    expect(await new Response(stdout).json()).toEqual({ content: "hello", isOwn: true });
  });

  test("without one it chats where Node has its own, and says what is missing where not", async () => {
    await using home = await ServerHome.create();
    const { url } = await home.start();
    const hasOwn = (await Bun.$`node -p ${"typeof WebSocket"}`.text()).trim() === "function";
    const { stdout, stderr } = installed.node("smoke.js", url);
    if (hasOwn) expect(await new Response(stdout).json()).toEqual({ content: "hello", isOwn: true });
    else expect(await new Response(stderr).text()).toContain("pass one, as in createClient");
  });
});
