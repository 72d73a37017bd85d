import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath, Visitor } from "../support/browser.ts";
import { openTool } from "../support/page-driver.ts";
import { ServerHome } from "../support/server-home.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";

const testMs = 60_000;

async function start(page: Page, sockets: number, perSecond: number): Promise<void> {
  await openTool(page, "load");
  await page.fill("#load-sockets", String(sockets));
  await page.fill("#load-rate", String(perSecond));
  await page.click("#start-load");
}

const figure = async (page: Page, name: string): Promise<number> =>
  Number(await page.textContent(`#load-${name}`));

const reaches = (page: Page, name: string, least: number) =>
  page.waitForFunction(
    ([id = "", count = 0]) => Number(document.querySelector(`#load-${id}`)?.textContent) >= Number(count),
    [name, least],
  );

describe.skipIf(chromiumPath === null)("the page's load (needs chromium)", () => {
  test(
    "counts what its sockets deliver to each other, and ends with nothing lost",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const page = await visitor.open(home.url);
      await start(page, 4, 20);
      await reaches(page, "delivered", 100);
      expect(await page.textContent("#load-p99")).toEndWith(" ms");
      expect(await page.getAttribute("#delivered-chart .rate", "points")).toContain(" ");
      await page.click("#stop-load");
      await page.waitForSelector("#start-load:enabled");
      const [live, sent, delivered] = [
        await figure(page, "live"),
        await figure(page, "sent"),
        await figure(page, "delivered"),
      ];
      expect([live, delivered]).toEqual([4, sent * 4]);
      expect([await figure(page, "lost"), await figure(page, "duplicates")]).toEqual([0, 0]);
      expect(await page.isVisible("#load-limit")).toBe(false);
      expect(visitor.complaints).toEqual([]);
    },
    testMs,
  );

  test(
    "names the limit that stops its sockets, and goes on with those that are open",
    async () => {
      await using home = await ServerHome.create();
      await home.start({ env: { MAX_CONNECTIONS_PER_USER: "3", JWT_SECRET: tokenSecret } });
      await using visitor = await Visitor.create();
      const page = await visitor.open(`${home.url}/#token=${await signToken()}`);
      await start(page, 6, 10);
      await page.waitForSelector("#limit-code:text-is('connection_limit_user')");
      expect(await page.textContent("#limit-command")).toBe("MAX_CONNECTIONS_PER_USER=0 ./scripts/start.sh");
      await reaches(page, "delivered", 10);
      expect(await figure(page, "live")).toBe(2);
    },
    testMs,
  );

  test(
    "names the limit on messages",
    async () => {
      await using home = await ServerHome.create();
      await home.start({ env: { MESSAGES_PER_MINUTE: "5" } });
      await using visitor = await Visitor.create();
      const page = await visitor.open(home.url);
      await start(page, 2, 50);
      await page.waitForSelector("#limit-code:text-is('rate_limited')");
      expect(await page.textContent("#load-limit")).toContain("MESSAGES_PER_MINUTE");
    },
    testMs,
  );
});
