import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerHome } from "../support/server-home.ts";

const appDirectory = join(import.meta.dir, "../..");
const hasNode = Bun.which("node") !== null && Bun.which("npm") !== null;
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

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdline-package-"));
  await Bun.$`bun build.ts ${directory}/dist`.cwd(appDirectory).quiet();
  await Bun.write(join(directory, "package.json"), JSON.stringify({ type: "module", private: true }));
  await Bun.write(join(directory, "consumer.ts"), consumer);
  await Bun.write(join(directory, "smoke.js"), smokeTest);
  if (!hasNode) return;
  // As it would be published: only what `npm pack` takes.
  await Bun.$`npm pack --silent ./dist/client`.cwd(directory).quiet();
  await Bun.$`npm install --offline --no-audit --no-fund ./holdline-client-*.tgz ${appDirectory}/node_modules/ws`
    .cwd(directory)
    .quiet();
}, setUpMs);
afterAll(() => rm(directory, { recursive: true, force: true }));

test("the package needs nothing: no other package, and nothing of the server's sources", async () => {
  const files = await Array.fromAsync(new Bun.Glob("**").scan(join(directory, "dist/client")));
  expect(files).toContain("README.md");
  const sources = files.filter((file) => /\.(js|d\.ts)$/.test(file));
  expect(sources.length).toBeGreaterThan(5);
  for (const file of sources) {
    const text = await Bun.file(join(directory, "dist/client", file)).text();
    const imported = [...text.matchAll(/^(?:import|export)[^"]*from "([^"]+)";?$/gm)].map(([, name]) => name);
    expect(
      imported.filter((name) => !sources.includes(`${name}`.replace(/^\.\/(.*)\.js$/, "$1.d.ts"))),
    ).toEqual([]);
  }
});

describe.skipIf(!hasNode)("installed by npm (needs node and npm)", () => {
  test.each(["bundler", "nodenext"])(
    "its types are right under moduleResolution %s, without the types of any runtime",
    async (moduleResolution) => {
      const module = moduleResolution === "bundler" ? "preserve" : "nodenext";
      const options = [
        "--strict",
        "--noEmit",
        "--skipLibCheck",
        "false",
        "--target",
        "es2022",
        "--lib",
        "es2022",
      ];
      const names = ["--moduleResolution", moduleResolution, "--module", module, "--types", ""];
      await Bun.write(
        join(directory, "console.d.ts"),
        "declare const console: { log(...all: unknown[]): void };",
      );
      const child = Bun.spawn(
        [join(appDirectory, "node_modules/.bin/tsc"), ...options, ...names, "console.d.ts", "consumer.ts"],
        { cwd: directory, stdout: "pipe" },
      );
      expect([await new Response(child.stdout).text(), await child.exited]).toEqual(["", 0]);
    },
    setUpMs,
  );

  test("it chats on Node, given a WebSocket", async () => {
    await using home = await ServerHome.create();
    const { url } = await home.start();
    const output = await Bun.$`node smoke.js ${url} ws`.cwd(directory).text();
    expect(JSON.parse(output)).toEqual({ content: "hello", isOwn: true });
  });

  test("without one it chats where Node has its own, and says what is missing where not", async () => {
    await using home = await ServerHome.create();
    const { url } = await home.start();
    const hasOwn = (await Bun.$`node -p ${"typeof WebSocket"}`.text()).trim() === "function";
    const { stdout, stderr, exitCode } = await Bun.$`node smoke.js ${url}`.cwd(directory).nothrow().quiet();
    if (hasOwn) expect(JSON.parse(stdout.toString())).toEqual({ content: "hello", isOwn: true });
    else
      expect([exitCode, stderr.toString()]).toEqual([
        1,
        expect.stringContaining("pass one, as in createClient"),
      ]);
  });
});
