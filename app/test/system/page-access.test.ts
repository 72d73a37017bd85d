import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath, Visitor } from "../support/browser.ts";
import { act, openTool, reads, shows, write } from "../support/page-driver.ts";
import { seriousProblems } from "../support/page-problems.ts";
import { ServerHome } from "../support/server-home.ts";

const testMs = 120_000;
const phone = { width: 360, height: 740 };
const desk = { width: 1400, height: 900 };

/** What has the focus, as a screen reader would call it, more or less. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement & { labels?: NodeListOf<HTMLElement> };
    const label = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent;
    return (label ?? element.textContent).trim();
  });

async function tabTo(page: Page, name: string, key = "Tab"): Promise<void> {
  const seen: string[] = [];
  while (seen.at(-1)?.startsWith(name) !== true) {
    await page.keyboard.press(key);
    seen.push(await focused(page));
    if (seen.length > 40) throw new Error(`${name} is not among ${seen.join(" | ")}`);
  }
}

const isScrolledSideways = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

async function everyView(page: Page, look: (view: string) => Promise<void>): Promise<void> {
  for (const tool of ["people", "frames", "load", "server"] as const) {
    await openTool(page, tool);
    await look(tool);
  }
  await page.click("#inbox");
  await look("inbox");
  await page.click(".room-list .room");
}

describe.skipIf(chromiumPath === null)("the page for everybody (needs chromium)", () => {
  test(
    "has no serious problem by axe's rules, in light and in dark and on a phone",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const page = await visitor.open(home.url);
      await page.setViewportSize(desk);
      const url = "https://example.com/a";
      for (const text of ["hello", `see ${url}`]) await write(page, text);
      await shows(page, ["hello", `see ${url}`]);
      await act(page, "hello", "React with 🎉");
      await page.waitForSelector(".reaction");
      const problems: string[] = [];
      const look = async (view: string) => {
        for (const found of await seriousProblems(page)) problems.push(`${view}: ${found}`);
      };
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await everyView(page, look);
      }
      await page.setViewportSize(phone);
      for (const view of ["rooms", "chat", "tools"]) {
        await page.click(`[data-view="${view}"]`);
        await look(`phone, ${view}`);
        expect(await isScrolledSideways(page)).toBe(false);
      }
      expect(problems).toEqual([]);
    },
    testMs,
  );

  test(
    "is used by keyboard alone",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const page = await visitor.open(home.url);
      await page.setViewportSize(desk);
      const press = (...keys: string[]) =>
        keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
      await press("Tab", "Enter");
      expect(await focused(page)).toBe("Your message");
      for (const text of ["one", "two"]) await page.keyboard.type(`${text}\n`);
      await shows(page, ["one", "two"]);
      await press("Shift+Tab");
      await tabTo(page, "React with 👍");
      await press("Enter");
      await page.waitForSelector(".message:last-child .reaction");
      await press("Shift+Tab", "Shift+Tab", "ArrowUp");
      await tabTo(page, "Edit");
      await press("Enter");
      await page.keyboard.type(" and a half\n");
      await shows(page, ["one and a half", "two"]);
      await tabTo(page, "Edit");
      await press("Enter", "Escape");
      expect(await page.locator(".editor").count()).toBe(0);
      await tabTo(page, "Server");
      await press("ArrowRight");
      expect(await page.isVisible("#people-panel")).toBe(true);
      await tabTo(page, "Join a room", "Shift+Tab");
      await page.keyboard.type("demo\n");
      await reads(page, "#name", "room:demo");
      await tabTo(page, "room:demo", "Shift+Tab");
      await press("ArrowUp", "Enter");
      await reads(page, "#name", "room:lobby");
      await press("ArrowDown", "Delete");
      await page.waitForFunction(() => document.querySelectorAll(".room-list .room").length === 1);
    },
    testMs,
  );

  test(
    "shows where the focus is on everything that takes it",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const page = await visitor.open(home.url);
      await page.setViewportSize(desk);
      await write(page, "hello");
      await shows(page, ["hello"]);
      await page.focus(".skip");
      for (let index = 0; index < 25; index += 1) {
        await page.keyboard.press("Tab");
        const [name, outline, isVisible] = await page.evaluate(() => {
          const element = document.activeElement as HTMLElement;
          const { outlineStyle } = getComputedStyle(element);
          return [element.outerHTML.slice(0, 80), outlineStyle, element.checkVisibility()] as const;
        });
        if (name.startsWith("<body")) break;
        expect([name, outline, isVisible]).toEqual([name, "solid", true]);
      }
    },
    testMs,
  );

  test(
    "tells a screen reader what others write, and how much where it is a lot",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const [one, other] = [await visitor.open(home.url), await visitor.open(home.url)];
      const name = await other.textContent("#me");
      await write(other, "hello");
      await one.waitForSelector(`#announcer:text('${name}: hello')`, { state: "attached" });
      for (const text of ["a", "b", "c", "d"]) await write(other, text);
      await reads(one, "#announcer", "4 new messages");
    },
    testMs,
  );

  test(
    "is of use on a phone",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const page = await visitor.open(home.url);
      await page.setViewportSize(phone);
      await page.click('[data-view="rooms"]');
      await page.fill("#room-name", `room:${"x".repeat(64)}`);
      await page.press("#room-name", "Enter");
      await write(page, "a".repeat(300));
      await shows(page, ["a".repeat(300)]);
      expect(await isScrolledSideways(page)).toBe(false);
      await page.click('[data-view="tools"]');
      await openTool(page, "load");
      expect(await page.isVisible("#start-load")).toBe(true);
      expect(await isScrolledSideways(page)).toBe(false);
    },
    testMs,
  );
});
