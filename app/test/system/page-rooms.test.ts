import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath, Visitor } from "../support/browser.ts";
import { act, contents, isIn, openTool, reads, shows, write } from "../support/page-driver.ts";
import { ServerHome } from "../support/server-home.ts";
import { WsClient } from "../support/ws-client.ts";

const testMs = 60_000;

async function join(page: Page, name: string): Promise<void> {
  await page.fill("#room-name", name);
  await page.press("#room-name", "Enter");
}

const roomNamed = (page: Page, name: string) => page.locator(".room-list .room", { hasText: name });

describe.skipIf(chromiumPath === null)("rooms on the page (needs chromium)", () => {
  test(
    "messages are edited, deleted and reacted to, and both see it",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const [one, other] = [await visitor.open(home.url), await visitor.open(home.url)];
      for (const text of ["first", "second"]) await write(one, text);
      await shows(other, ["first", "second"]);
      await act(one, "first", "Edit");
      await one.fill(".editor textarea", "first, but better");
      await one.press(".editor textarea", "Enter");
      await shows(other, ["first, but better", "second"]);
      expect(await other.textContent(".edited")).toBe("edited");
      await act(other, "first", "React with 👍");
      await one.getByRole("button", { name: "👍, 1" }).click();
      for (const page of [one, other]) await reads(page, ".reaction", "👍 2");
      await one.getByRole("button", { name: "👍, 2" }).click();
      for (const page of [one, other]) await reads(page, ".reaction", "👍 1");
      expect(await other.getAttribute(".reaction", "aria-pressed")).toBe("true");
      expect(await one.getAttribute(".reaction", "aria-pressed")).toBe("false");
      await act(one, "second", "Delete");
      await act(one, "second", "Really delete");
      for (const page of [one, other]) await shows(page, ["first, but better"]);
      await other.hover(".message");
      expect(await other.getByRole("button", { name: "Delete" }).isVisible()).toBe(false);
      expect(visitor.complaints).toEqual([]);
    },
    testMs,
  );

  test(
    "who is there and who types is seen, until they leave",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const one = await visitor.open(home.url);
      await reads(one, "#total", "1 here");
      const other = await visitor.open(home.url);
      for (const page of [one, other]) await reads(page, "#total", "2 here");
      await openTool(one, "people");
      const name = (await other.textContent("#me")) ?? "";
      expect(await one.locator(".person", { hasText: name }).count()).toBe(1);
      await other.locator("#text").pressSequentially("hm");
      await reads(one, "#typing", `${name} is typing …`);
      await other.press("#text", "Enter");
      await reads(one, "#typing", "");
      await other.getByRole("button", { name: "Leave room:lobby" }).click();
      await one.waitForFunction(() => document.querySelectorAll(".person").length === 1);
    },
    testMs,
  );

  test(
    "rooms are joined and left by name, and tell what was not read",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const [one, other] = [await visitor.open(home.url), await visitor.open(home.url)];
      for (const page of [one, other]) await join(page, "demo");
      await write(one, "over here");
      await shows(other, ["over here"]);
      await roomNamed(other, "lobby").click();
      await write(one, "and again");
      await reads(other, ".room-list .room:not([aria-current]) .badge", "1");
      await roomNamed(other, "demo").click();
      await shows(other, ["over here", "and again"]);
      expect(await roomNamed(other, "demo").locator(".badge").isVisible()).toBe(false);
      await visitor.reload(other);
      expect(await other.locator(".room-list .room").allInnerTexts()).toEqual(["room:lobby", "room:demo"]);
      await roomNamed(other, "demo").click();
      await other.keyboard.press("Delete");
      await other.waitForFunction(() => document.querySelectorAll(".room-list .room").length === 1);
      await join(other, "no such room!");
      expect(await other.textContent("#room-problem")).toContain("room: or group:");
      await join(other, "group:closed");
      await reads(other, "#notice", "You are not in this room: forbidden.");
    },
    testMs,
  );

  test(
    "older messages come while one scrolls up, and what was read stays in its place",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      const texts = Array.from({ length: 120 }, (_, index) => `message ${index}`);
      const writer = await WsClient.connect(`${home.url}/ws/chat`);
      await writer.join("room:lobby");
      for (const content of texts) await writer.ask("send_message", { room: "room:lobby", content });
      await using visitor = await Visitor.create();
      const page = await visitor.open(home.url);
      await shows(page, texts.slice(-50));
      const place = await page.evaluate(() => {
        const scroller = document.querySelector("#scroller") as HTMLElement;
        const watched = document.querySelector(".message:nth-child(3)") as HTMLElement;
        watched.dataset.watched = "";
        scroller.scrollTop = 200;
        return watched.getBoundingClientRect().top;
      });
      await shows(page, texts.slice(-100));
      const top = await page.evaluate(
        () => document.querySelector("[data-watched]")?.getBoundingClientRect().top ?? 0,
      );
      expect(Math.abs(top - place)).toBeLessThanOrEqual(2);
      await page.evaluate(() => document.querySelector("#scroller")?.scrollTo(0, 0));
      await shows(page, texts);
      expect(await page.isVisible("#older")).toBe(false);
      await writer.ask("send_message", { room: "room:lobby", content: "newest" });
      await page.click("#newest");
      await page.waitForFunction(() => !document.querySelector("#newest")?.checkVisibility());
      expect((await contents(page)).at(-1)).toBe("newest");
    },
    testMs,
  );

  test(
    "a message that could not be sent stays, until it is sent again or given up",
    async () => {
      await using home = await ServerHome.create();
      const first = await home.start();
      await using visitor = await Visitor.create();
      const page = await visitor.open(home.url);
      await first.kill();
      for (const text of ["worth it", "not worth it"]) await write(page, text);
      await page.click("#disconnect");
      await page.waitForFunction(() => document.querySelectorAll(".draft.failed").length === 2);
      const discard = page.locator(".draft", { hasText: "not worth it" }).getByText("Discard");
      const shownDiscard = await discard.elementHandle();
      await home.start();
      await page.click("#retry");
      await isIn(page, "connected");
      await shownDiscard?.click();
      // It is redrawn with the next frame.
      await page.waitForFunction(() => document.querySelectorAll(".draft").length === 1);
      await page.locator(".draft").getByText("Try again").click();
      await shows(page, ["worth it"]);
      expect(await page.locator(".draft").count()).toBe(0);
    },
    testMs,
  );
});
