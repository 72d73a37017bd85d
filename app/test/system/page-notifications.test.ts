import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath, Visitor } from "../support/browser.ts";
import { isIn, reads } from "../support/page-driver.ts";
import { ServerHome } from "../support/server-home.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";

const testMs = 60_000;
const env = { JWT_SECRET: tokenSecret };

async function notify({ url }: ServerHome, body: object): Promise<void> {
  const authorization = `Bearer ${await signToken({ sub: "backend", scope: "publish" })}`;
  const { status } = await fetch(`${url}/api/notifications`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(status).toBeLessThan(300);
}

const words = (page: Page) => page.locator(".notification-words").allTextContents();

describe.skipIf(chromiumPath === null)("notifications on the page (needs chromium)", () => {
  test(
    "appear to whom they are sent, with a badge, once, also those of while the server was away",
    async () => {
      await using home = await ServerHome.create();
      const first = await home.start({ env });
      await using visitor = await Visitor.create();
      const open = async (sub: string) =>
        await visitor.open(`${home.url}/#token=${await signToken({ sub, name: sub })}`);
      const [alice, bob] = [await open("alice"), await open("bob")];
      await notify(home, { userIds: ["alice"], payload: { title: "Build", body: "green" } });
      await reads(alice, "#inbox .badge", "1");
      await first.kill();
      await isIn(alice, "waiting");
      await home.start({ env });
      await notify(home, { broadcast: true, payload: "maintenance at ten" });
      await reads(alice, "#inbox .badge", "2");
      await reads(bob, "#inbox .badge", "1");
      for (const page of [alice, bob]) await page.click("#inbox");
      expect(await words(alice)).toEqual(["maintenance at ten", "Build – green"]);
      expect(await words(bob)).toEqual(["maintenance at ten"]);
      expect(await alice.locator("#inbox .badge").isVisible()).toBe(false);
      await notify(home, { userIds: ["alice"], payload: { any: "thing" } });
      await alice.waitForSelector('.notification pre:text(\'"any": "thing"\')');
      expect(await alice.locator("#inbox .badge").isVisible()).toBe(false);
      await visitor.reload(alice);
      await alice.click("#inbox");
      await alice.waitForFunction(() => document.querySelectorAll(".notification").length === 3);
    },
    testMs,
  );
});
