import { describe, expect, test } from "bun:test";
import { chromiumPath, Visitor } from "../support/browser.ts";
import { shows } from "../support/page-driver.ts";
import { ServerHome } from "../support/server-home.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";
import { WsClient } from "../support/ws-client.ts";

const testMs = 60_000;
const env = { JWT_SECRET: tokenSecret };

/** Each says so if it is taken for more than a text. */
const payloads = [
  "<script>window.taken = 1</script>",
  "<img src=x onerror='window.taken = 2'>",
  "<svg/onload=window.taken=3>",
  "javascript://x.test/%0awindow.taken=4",
  "\"><iframe srcdoc='<script>parent.taken=5</script>'>",
  "{{constructor.constructor('window.taken=6')()}}",
  "<style>body{display:none}</style>",
  "<a href='javascript:window.taken=7'>x</a>",
  'https://x.test/"onmouseover="window.taken=8',
  "\u202egnp.exe <b>&lt;script&gt;</b>",
];

/** Emojis are short. */
const emojis = ["<b>x</b>", "<img src=x onerror=taken=9>", "javascript:taken=10"];

const images = [
  "javascript:window.taken=11",
  "data:image/svg+xml,<svg onload='taken=12'/>",
  '"onerror=taken=13 x="',
];

async function connect(url: string, claims: Record<string, unknown>): Promise<WsClient> {
  return await WsClient.connect(`${url}/ws/chat`, {
    protocols: ["holdline.v1", `bearer.${await signToken(claims)}`],
  });
}

/** Everything that somebody else can have the page show. */
async function attack({ url }: ServerHome): Promise<void> {
  const room = "room:lobby";
  for (const [index, content] of payloads.entries()) {
    const picture = images[index % images.length];
    const attacker = await connect(url, { sub: `<i>${index}`, name: content.slice(0, 100), picture });
    await attacker.join(room);
    const { payload } = await attacker.ask("send_message", { room, content, meta: { [content]: content } });
    const emoji = emojis[index % emojis.length];
    await attacker.ask("reaction", { room, messageId: payload.messageId, emoji, action: "add" });
    await attacker.ask("typing", { room, isTyping: true });
  }
}

async function notify({ url }: ServerHome): Promise<void> {
  const authorization = `Bearer ${await signToken({ sub: "backend", scope: "publish" })}`;
  for (const text of payloads) {
    const body = JSON.stringify({ broadcast: true, payload: { title: text, body: text, [text]: text } });
    const headers = { authorization, "content-type": "application/json" };
    const { status } = await fetch(`${url}/api/notifications`, { method: "POST", headers, body });
    expect(status).toBeLessThan(300);
  }
}

describe.skipIf(chromiumPath === null)("what others send to the page (needs chromium)", () => {
  test(
    "is text: contents, names, pictures, emojis, meta, frames and notifications",
    async () => {
      await using home = await ServerHome.create();
      await home.start({ env });
      await using visitor = await Visitor.create();
      const page = await visitor.open(`${home.url}/#token=${await signToken()}`);
      await attack(home);
      await notify(home);
      await shows(page, payloads);
      const names = await page.locator(".author").allTextContents();
      expect(names).toEqual(payloads.map((name) => name.slice(0, 100)));
      for (const tab of ["people", "frames"]) await page.click(`#${tab}-tab`);
      for (const details of await page.locator(".meta summary").all()) await details.click();
      await page.click("#inbox");
      await page.waitForFunction((count) => document.querySelectorAll(".notification").length === count, 10);
      expect(
        await page
          .locator(
            "body :is(.messages, .notifications, .frames, .people) :is(script, iframe, style, b b, i, svg)",
          )
          .count(),
      ).toBe(0);
      expect(await page.locator(".avatar img").count()).toBe(0);
      const links = await page
        .locator(".messages a")
        .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
      expect(links).toEqual(["https://x.test/"]);
      expect(await page.evaluate(() => "taken" in window)).toBe(false);
      expect(visitor.complaints).toEqual([]);
    },
    testMs,
  );

  test(
    "may be a picture on the web, which is not told where it is shown",
    async () => {
      await using home = await ServerHome.create();
      await home.start({ env });
      const asked: (string | null)[] = [];
      using pictures = Bun.serve({
        port: 0,
        fetch({ headers }) {
          asked.push(headers.get("referer"));
          return new Response("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", {
            headers: { "content-type": "image/svg+xml" },
          });
        },
      });
      await using visitor = await Visitor.create();
      const page = await visitor.open(`${home.url}/#token=${await signToken()}`);
      const author = await connect(home.url, { sub: "bob", name: "Bob", picture: `${pictures.url}bob.svg` });
      await author.join("room:lobby");
      await author.ask("send_message", { room: "room:lobby", content: "me" });
      await page.waitForFunction(
        () => document.querySelector<HTMLImageElement>(".avatar img")?.naturalWidth === 9,
      );
      expect(asked).toEqual([null]);
    },
    testMs,
  );

  test(
    "could not run a script if it were markup",
    async () => {
      await using home = await ServerHome.create();
      await home.start();
      await using visitor = await Visitor.create();
      const page = await visitor.open(home.url);
      await page.evaluate(() => {
        document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.taken = 1'>");
        const script = document.createElement("script");
        script.textContent = "window.taken = 2";
        document.body.append(script);
      });
      await page.waitForFunction(() => document.body.lastElementChild?.tagName === "SCRIPT");
      expect(visitor.complaints.filter((text) => text.includes("Content Security Policy"))).not.toEqual([]);
      expect(await page.evaluate(() => "taken" in window)).toBe(false);
    },
    testMs,
  );
});
