import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createClient } from "../../client/index.ts";
import { eventually } from "../support/eventually.ts";
import { isStackAsked, Stack } from "../support/stack.ts";

const startMs = 180_000;
const testMs = 120_000;

let stack: Stack;

describe.skipIf(!isStackAsked)("the stack without its Redis (HOLDLINE_STACK=1)", () => {
  beforeAll(async () => {
    stack = await Stack.start();
  }, startMs);
  afterAll(() => stack?.[Symbol.asyncDispose](), testMs);

  test(
    "goes on serving the page, and loses nothing when Redis comes back",
    async () => {
      const client = createClient({ url: stack.url });
      const room = client.room("room:redis");
      await room.join();
      await room.send("before");
      await stack.compose("kill", "redis");
      const meanwhile = room.send("meanwhile");
      await eventually("unready", () => isReady(503), { withinMs: 30_000 });
      // Longer than Traefik takes to see a colour that is down.
      for (let second = 0; second < 12; second += 1) {
        expect([await status("/"), await status("/health/live")]).toEqual([200, 200]);
        await Bun.sleep(1000);
      }
      await stack.compose("start", "redis");
      await meanwhile;
      await eventually("ready", () => isReady(200), { withinMs: 30_000 });
      const { messages } = await room.history();
      expect(messages.map(({ content }) => content)).toEqual(["before", "meanwhile"]);
      client.close();
    },
    testMs,
  );
});

const status = async (path: string): Promise<number> => (await fetch(stack.url + path)).status;

/** Asked no more often than Traefik lets one address ask. */
async function isReady(expected: number): Promise<boolean> {
  await Bun.sleep(100);
  return (await status("/health/ready")) === expected;
}
