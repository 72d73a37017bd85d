import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createClient } from "../../client/index.ts";
import { nextEvent } from "../support/client-world.ts";
import { hasNode, PackagedClient } from "../support/packaged-client.ts";
import { ServerHome } from "../support/server-home.ts";

const readme = await Bun.file(join(import.meta.dir, "../../client/README.md")).text();
const recipes = [...readme.matchAll(/```(tsx?)\n([\s\S]*?)```/g)].map(([, kind = "", code = ""], index) => ({
  file: `recipe-${index}.${kind}`,
  code,
}));

/** As much of React and ws, and of what the quick start leaves to its reader, as the recipes use. */
const surroundings = `
declare module "react" {
  export function useEffect(effect: () => () => void, dependencies: readonly unknown[]): void;
  export function useState<T>(initial: T): [T, (next: T | ((before: T) => T)) => void];
}
declare module "ws" {
  export const WebSocket: NonNullable<import("holdline-client").ClientOptions["WebSocket"]>;
}
declare function fetchToken(): Promise<string>;
`;

let installed: PackagedClient;
beforeAll(async () => {
  installed = await PackagedClient.install();
  await installed.write("surroundings.d.ts", surroundings);
  for (const { file, code } of recipes) await installed.write(file, code);
}, 60_000);
afterAll(() => installed[Symbol.asyncDispose]());

const fileWith = (text: string): string => recipes.find(({ code }) => code.includes(text))?.file ?? "";

describe.skipIf(!hasNode)("README's code (needs node and npm)", () => {
  test("is what its types allow", async () => {
    expect(recipes.length).toBe(5);
    const types = ["--types", join(import.meta.dir, "../../node_modules/@types/bun")];
    const modules = ["--module", "preserve", "--lib", "esnext,dom", "--skipLibCheck", "--jsx", "preserve"];
    const files = ["surroundings.d.ts", ...recipes.map(({ file }) => file)];
    expect(await installed.check(files, ...modules, ...types)).toBe("");
  }, 30_000);

  test("the bot answers, on Node", async () => {
    await using home = await ServerHome.create();
    const { url } = await home.start();
    const bundled = await Bun.build({
      entrypoints: [join(installed.directory, fileWith("!echo"))],
      target: "node",
      external: ["ws", "holdline-client"],
    });
    await installed.write("bot.js", (await bundled.outputs[0]?.text()) ?? "");
    const client = createClient({ url });
    const room = client.room("room:bots");
    const answered = nextEvent(room, "message", ({ isOwn }) => !isOwn);
    const came = nextEvent(room, "userJoined");
    await room.join();
    const bot = installed.node("bot.js", url, room.name);
    try {
      await came;
      await room.send("!echo hello");
      expect((await answered).content).toBe("hello");
    } finally {
      bot.kill();
      client.close();
    }
  }, 30_000);

  test("a test can start the server as it is told to", async () => {
    await using home = await ServerHome.create();
    const { startHoldline } = await import(join(installed.directory, fileWith("startHoldline")));
    const server = startHoldline(join(installed.directory, "dist/main.js"), home.port, home.directory);
    const client = createClient({ url: home.url, reconnectDelayMs: 10, reconnectDelayMaxMs: 100 });
    try {
      const room = client.room("room:test");
      await room.join();
      expect((await room.send("hello")).seq).toBe(1);
    } finally {
      client.close();
      server.kill("SIGKILL");
    }
  }, 30_000);
});
