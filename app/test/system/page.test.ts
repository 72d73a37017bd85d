import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath, Visitor } from "../support/browser.ts";
import { ServerHome } from "../support/server-home.ts";
import { WsClient } from "../support/ws-client.ts";

const testMs = 60_000;

const write = async (page: Page, text: string): Promise<void> => {
  await page.fill("#text", text);
  await page.press("#text", "Enter");
};

const contents = (page: Page): Promise<string[]> =>
  page.locator(".message:not(.draft) .content").allTextContents();

/** Waits until a page shows exactly these messages as stored. */
async function shows(page: Page, expected: string[]): Promise<void> {
  await page.waitForFunction(
    (count) => document.querySelectorAll(".message:not(.draft)").length >= count,
    expected.length,
  );
  expect(await contents(page)).toEqual(expected);
}

const isIn = (page: Page, state: string) => page.waitForSelector(`#state[data-kind="${state}"]`);

describe.skipIf(chromiumPath === null)("the page in a browser (needs chromium)", () => {
  test(
    "shows to all what one writes, as text",
    async () => {
      await using home = await ServerHome.create();
      await home.start({ env: { COLOR: "green", INSTANCE_ID: "i-7" } });
      await using visitor = await Visitor.create();
      const [one, other] = [await visitor.open(home.url), await visitor.open(home.url)];
      await write(one, "<b>hello</b>");
      await shows(other, ["<b>hello</b>"]);
      await write(other, "hello\nyourself");
      await shows(one, ["<b>hello</b>", "hello\nyourself"]);
      expect(await one.locator(".mine .content").allTextContents()).toEqual(["<b>hello</b>"]);
      expect(await one.textContent("#instance")).toBe("i-7");
      expect(await one.textContent("#color")).toBe("green");
      expect(await one.isVisible("#guests")).toBe(true);
      expect(visitor.complaints).toEqual([]);
    },
    testMs,
  );

  test(
    "sends what was written while the server was away, once, and shows what it missed",
    async () => {
      await using home = await ServerHome.create();
      const first = await home.start();
      await using visitor = await Visitor.create();
      const [one, other] = [await visitor.open(home.url), await visitor.open(home.url)];
      await write(one, "before");
      await shows(other, ["before"]);
      await first.kill();
      await isIn(one, "waiting");
      await write(one, "meanwhile");
      await one.waitForSelector(".draft");
      await home.start();
      for (const page of [one, other]) await shows(page, ["before", "meanwhile"]);
      expect(await one.locator(".draft").count()).toBe(0);
      await other.reload();
      await shows(other, ["before", "meanwhile"]);
    },
    testMs,
  );

  test(
    "is the same guest after a reload, and another in another tab",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const [one, other] = [await visitor.open(home.url), await visitor.open(home.url)];
      const guest = await one.textContent("#me");
      await one.reload();
      await isIn(one, "connected");
      expect(await one.textContent("#me")).toBe(guest);
      expect(await other.textContent("#me")).not.toBe(guest);
    },
    testMs,
  );

  test(
    "shows the newest messages, and older ones when asked",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      const writer = await WsClient.connect(`${home.url}/ws/chat`);
      await writer.join("room:lobby");
      const texts = Array.from({ length: 60 }, (_, index) => `message ${index}`);
      for (const content of texts) await writer.ask("send_message", { room: "room:lobby", content });
      await using visitor = await Visitor.create();
      const page = await visitor.open(home.url);
      await shows(page, texts.slice(-50));
      await page.click("#older");
      await shows(page, texts);
      expect(await page.isVisible("#older")).toBe(false);
    },
    testMs,
  );

  test(
    "says why it is not let in",
    async () => {
      await using home = await ServerHome.create();
      await home.start({ env: { MAX_CONNECTIONS: "1" } });
      await using visitor = await Visitor.create();
      await visitor.open(home.url);
      await using stranger = await Visitor.create();
      const page = await stranger.visit(home.url);
      await isIn(page, "waiting");
      expect(await page.textContent("#state")).toStartWith("This server has as many connections as it may.");
    },
    testMs,
  );
});
