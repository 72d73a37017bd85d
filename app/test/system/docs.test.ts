import { describe, expect, test } from "bun:test";
import { chromiumPath, Visitor } from "../support/browser.ts";
import { ServerHome } from "../support/server-home.ts";

const testMs = 60_000;

describe.skipIf(chromiumPath === null)("the API's page in a browser (needs chromium)", () => {
  test(
    "shows an operation, without a word of complaint",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const page = await visitor.visit(`${home.url}/docs`);
      await page.click('#operations-Messages-sendMessage button:has-text("Send a message")');
      await page.waitForSelector("#operations-Messages-sendMessage .responses-table");
      const text = await page.textContent("#operations-Messages-sendMessage");
      for (const part of ["/rooms/{room}/messages", "id_conflict", "room:lobby"])
        expect(text).toContain(part);
      expect(visitor.complaints).toEqual([]);
    },
    testMs,
  );
});
