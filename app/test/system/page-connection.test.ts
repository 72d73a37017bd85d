import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath, Visitor } from "../support/browser.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { counter, isIn, openTool, reads, shows, write } from "../support/page-driver.ts";
import { ServerHome } from "../support/server-home.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";
import { TwoServers } from "../support/two-servers.ts";

const testMs = 60_000;

/** Browsers without a screen show every window; so the page is told what others would tell it. */
const lookAway = (page: Page, isHidden: boolean) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden);

describe.skipIf(chromiumPath === null)("the page's connection (needs chromium)", () => {
  test(
    "comes back after its socket was dropped, and stays away when told to",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const [one, other] = [await visitor.open(home.url), await visitor.open(home.url)];
      await one.click("#drop");
      await write(other, "meanwhile");
      await reads(one, "#count-reconnects", "1");
      await shows(one, ["meanwhile"]);
      expect(await counter(one, "resumed")).toBeGreaterThan(0);
      await one.click("#disconnect");
      await reads(one, "#state", "Disconnected.");
      await write(other, "gone");
      await write(one, "not yet");
      await one.click("#retry");
      await shows(one, ["meanwhile", "gone", "not yet"]);
      await reads(one, "#gaps", "0 gaps");
    },
    testMs,
  );

  test(
    "moves from blue to green without an interruption, and shows it",
    async () => {
      await using servers = await TwoServers.start();
      await using proxy = await FaultProxy.start(servers.blue.url);
      await using visitor = await Visitor.create();
      const page = await visitor.open(proxy.url);
      await reads(page, "#color", "blue");
      await write(page, "on blue");
      await shows(page, ["on blue"]);
      proxy.target = servers.green.url;
      servers.blue.hub.drain.begin({ ratePerSecond: 100, graceMs: 10_000 });
      await reads(page, "#color", "green");
      expect(await page.getAttribute("body", "data-color")).toBe("green");
      await write(page, "on green");
      await shows(page, ["on blue", "on green"]);
      await reads(page, "#count-handovers", "1");
      expect([await counter(page, "reconnects"), await counter(page, "gaps")]).toEqual([0, 0]);
      await page.waitForSelector("#announcer:text('Now served by green')", { state: "attached" });
      expect(visitor.complaints).toEqual([]);
    },
    testMs,
  );

  test(
    "waits while the browser is offline, and goes on when it is not",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const [one, other] = [await visitor.open(home.url), await visitor.open(home.url)];
      const network = await visitor.networkOf(one);
      await network.cut();
      await one.click("#drop");
      await isIn(one, "waiting");
      await one.waitForFunction(() =>
        document.querySelector("#state")?.textContent?.startsWith("You are offline."),
      );
      await write(one, "from the tunnel");
      await write(other, "into the tunnel");
      await network.restore();
      for (const page of [one, other]) await shows(page, ["into the tunnel", "from the tunnel"]);
    },
    testMs,
  );

  test(
    "counts in the title what comes while nobody looks",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const [one, other] = [await visitor.open(home.url), await visitor.open(home.url)];
      await lookAway(one, true);
      for (const text of ["are you", "there?"]) await write(other, text);
      await one.waitForFunction(() => document.title === "(2) Holdline");
      await lookAway(one, false);
      await one.waitForFunction(() => document.title === "Holdline");
    },
    testMs,
  );

  test(
    "is whom the token says, which is seen nowhere and survives a reload",
    async () => {
      await using home = await ServerHome.create();
      await home.start({ env: { JWT_SECRET: tokenSecret } });
      await using visitor = await Visitor.create();
      const token = await signToken({ sub: "alice", name: "Alice" });
      const page = await visitor.open(`${home.url}/#token=${token}`);
      await reads(page, "#me", "Alice");
      expect(page.url()).toBe(`${home.url}/`);
      await write(page, `my token is ${token}`);
      await openTool(page, "frames");
      await page.waitForSelector(".frame .snippet:text('my token is •••')");
      expect(await page.textContent("#frames")).not.toContain(token);
      await visitor.reload(page);
      await reads(page, "#me", "Alice");
      const stranger = await visitor.visit(home.url);
      await reads(stranger, "#state", "A valid token is required.");
      await openTool(stranger, "server");
      await stranger.fill("#token", await signToken({ sub: "bob", name: "Bob" }));
      await stranger.press("#token", "Enter");
      await reads(stranger, "#me", "Bob");
    },
    testMs,
  );

  test(
    "shows its frames: filtered, without heartbeats, held and cleared",
    async () => {
      await using home = await ServerHome.create();
      await home.start({ env: { HEARTBEAT_INTERVAL: "200" } });
      await using visitor = await Visitor.create();
      const page = await visitor.open(home.url);
      await openTool(page, "frames");
      const rows = page.locator(".frame");
      await page.waitForSelector(".frame-type:text-is('join')");
      await page.uncheck("#hide-heartbeats");
      await page.waitForSelector(".frame-type:text-is('heartbeat')");
      await page.check("#hide-heartbeats");
      await page.fill("#frame-filter", "connection_est");
      await page.waitForFunction(() => document.querySelectorAll(".frame").length === 1);
      await rows.first().click();
      expect(await rows.first().locator("pre").textContent()).toContain('"protocol": 1');
      await page.fill("#frame-filter", "");
      await page.click("#pause-frames");
      await write(page, "not in sight");
      await shows(page, ["not in sight"]);
      expect(await page.locator(".snippet", { hasText: "not in sight" }).count()).toBe(0);
      await page.click("#pause-frames");
      await page.waitForSelector(".snippet:text('not in sight')");
      await page.click("#clear-frames");
      await page.waitForFunction(() => document.querySelectorAll(".frame").length <= 1);
    },
    testMs,
  );
});
