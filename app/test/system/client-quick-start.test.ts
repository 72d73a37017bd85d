import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { chromiumPath, Visitor } from "../support/browser.ts";
import { ServerHome } from "../support/server-home.ts";

const readmePath = join(import.meta.dir, "../../client/README.md");
const testMs = 60_000;

/** The page of the README, for a server somewhere else. */
async function quickStart(serverUrl: string): Promise<string> {
  const [, html = ""] = (await Bun.file(readmePath).text()).match(/```html\n([\s\S]*?)```/) ?? [];
  return html.replaceAll("http://localhost:3001", serverUrl);
}

async function write(page: Page, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    await page.fill("#text", text);
    await page.press("#text", "Enter");
  }
}

async function shows(page: Page, expected: string[]): Promise<void> {
  await page.waitForFunction(
    (count) => document.querySelectorAll("#messages li").length >= count,
    expected.length,
  );
  expect(await page.locator("#messages li").allTextContents()).toEqual(expected);
}

describe.skipIf(chromiumPath === null)("README's page in a browser (needs chromium)", () => {
  test(
    "is ten lines long, and loses nothing when the server is killed and started again",
    async () => {
      await using home = await ServerHome.create();
      const server = await home.start();
      const html = await quickStart(home.url);
      expect(html.trimEnd().split("\n")).toHaveLength(10);
      using host = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: () => new Response(html, { headers: { "content-type": "text/html;charset=utf-8" } }),
      });
      await using visitor = await Visitor.create();
      const pages = [await visitor.visit(host.url.href), await visitor.visit(host.url.href)];
      const [one, other] = pages as [Page, Page];
      const texts = Array.from({ length: 40 }, (_, index) => `<b>${index}</b>`);
      await write(one, ...texts.slice(0, 10));
      const killed = server.kill();
      await write(one, ...texts.slice(10, 30));
      await killed;
      await home.start();
      await write(one, ...texts.slice(30));
      for (const page of pages) await shows(page, texts);
      await write(other, "after");
      for (const page of pages) await shows(page, [...texts, "after"]);
    },
    testMs,
  );
});
