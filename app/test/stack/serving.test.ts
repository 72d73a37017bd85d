import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createClient, type Message } from "../../client/index.ts";
import { eventually } from "../support/eventually.ts";
import { isStackAsked, Stack } from "../support/stack.ts";

const startMs = 180_000;
const testMs = 120_000;

let stack: Stack;

describe.skipIf(!isStackAsked)("a clean checkout in containers (HOLDLINE_STACK=1)", () => {
  beforeAll(async () => {
    stack = await Stack.start();
  }, startMs);
  afterAll(() => stack?.[Symbol.asyncDispose](), testMs);

  test("serves the page from blue, and says that everybody is a guest", async () => {
    const page = await fetch(stack.url);
    expect([page.status, page.headers.get("x-served-by")]).toEqual([200, "blue"]);
    expect(await page.text()).toContain("<title>");
    const health = await (await fetch(`${stack.url}/health`)).json();
    expect(health).toMatchObject({
      status: "healthy",
      color: "blue",
      version: expect.stringMatching(/\+local$/),
    });
    expect(health.checks).toMatchObject({
      engine: { name: "redis" },
      guests: { warning: expect.any(String) },
    });
  });

  test(
    "lets people of both colours chat with each other",
    async () => {
      const [blue, onBlue] = await join("room:colours");
      await stack.switchTo("green");
      const [green, onGreen] = await join("room:colours");
      await blue.room("room:colours").send("from blue");
      await green.room("room:colours").send("from green");
      const expected = ["from blue", "from green"];
      await eventually("both messages for both", () => onBlue.length === 2 && onGreen.length === 2);
      expect([onBlue, onGreen].map((messages) => messages.map(({ content }) => content))).toEqual([
        expected,
        expected,
      ]);
      expect([blue.greeting?.color, green.greeting?.color]).toEqual(["blue", "green"]);
      blue.close();
      green.close();
    },
    testMs,
  );

  test(
    "keeps its colour, what was said and who serves, whatever is started again",
    async () => {
      await stack.switchTo("green");
      const [writer] = await join("room:kept");
      await writer.room("room:kept").send("still here");
      const before = await startTimes();
      await stack.up();
      expect(await startTimes()).toEqual(before);
      writer.close();
      await stack.compose("down", "--timeout", "5");
      await stack.up();
      expect(await stack.servedBy()).toBe("green");
      const reader = createClient({ url: stack.url });
      const { messages } = await reader.room("room:kept").history();
      expect(messages.map(({ content }) => content)).toEqual(["still here"]);
      reader.close();
    },
    testMs,
  );

  test(
    "serves from a colour that lives when the traffic file is lost",
    async () => {
      await stack.switchTo("green");
      await stack.run("rm", "traefik/dynamic/90-traffic.yml");
      await eventually("blue", async () => (await stack.servedBy()) === "blue");
      await stack.run("docker", "stop", "--time", "5", stack.container("websocket-blue"));
      await eventually("green", async () => (await stack.servedBy()) === "green", { withinMs: 30_000 });
    },
    testMs,
  );
});

async function join(name: string) {
  const client = createClient({ url: stack.url, reconnectDelayMs: 50 });
  const heard: Message[] = [];
  client.room(name).on("message", (message) => heard.push(message));
  await client.room(name).join();
  return [client, heard] as const;
}

function startTimes(): Promise<string> {
  const names = ["traefik-lb", "websocket-blue", "websocket-green"].map((name) => stack.container(name));
  return stack.run("docker", "inspect", "--format", "{{.State.StartedAt}}", ...names);
}
