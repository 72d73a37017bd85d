import { describe, expect, test } from "bun:test";
import { chromiumPath, Visitor } from "../support/browser.ts";
import { counter, isIn, reads, shows, write } from "../support/page-driver.ts";
import { ServerHome } from "../support/server-home.ts";

const testMs = 60_000;

describe.skipIf(chromiumPath === null)("the page in a browser (needs chromium)", () => {
  test(
    "shows to all what one writes, and who serves whom",
    async () => {
      await using home = await ServerHome.create();
      await home.start({ env: { COLOR: "green", INSTANCE_ID: "i-7" } });
      await using visitor = await Visitor.create();
      const [one, other] = [await visitor.open(home.url), await visitor.open(home.url)];
      await write(one, "hello");
      await shows(other, ["hello"]);
      await write(other, "hello\nyourself");
      await shows(one, ["hello", "hello\nyourself"]);
      expect(await one.locator(".mine .content").allTextContents()).toEqual(["hello"]);
      await reads(one, "#instance", "i-7");
      await reads(one, "#color", "green");
      expect(await one.isVisible("#guests")).toBe(true);
      await one.waitForFunction(() => document.querySelector("#latency")?.textContent?.endsWith(" ms"));
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
      for (const page of [one, other]) await reads(page, "#gaps", "0 gaps");
      expect(await counter(one, "reconnects")).toBeGreaterThan(0);
      await visitor.reload(other);
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
      await visitor.reload(one);
      await reads(one, "#me", guest ?? "");
      expect(await other.textContent("#me")).not.toBe(guest);
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

  test(
    "says that it could not be loaded, where a file of it is missing",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const page = await visitor.open(home.url);
      await page.route("**/dom/tabs.js", (route) => route.abort());
      await page.reload();
      await reads(page, "#state", "The page could not be loaded.");
      await page.unroute("**/dom/tabs.js");
      await page.click("#retry");
      await isIn(page, "connected");
    },
    testMs,
  );
});
