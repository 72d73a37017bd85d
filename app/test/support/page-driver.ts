import type { Page } from "playwright-core";

/** Waits until what the page says of itself is so. */
export const isIn = (page: Page, state: string) => page.waitForSelector(`#state[data-kind="${state}"]`);

export async function write(page: Page, text: string): Promise<void> {
  await page.fill("#text", text);
  await page.press("#text", "Enter");
}

export const contents = (page: Page): Promise<string[]> =>
  page.locator(".message:not(.draft) .content").allTextContents();

/** Waits until a page shows exactly these messages as stored. */
export async function shows(page: Page, expected: readonly string[]): Promise<void> {
  await page.waitForFunction((texts) => {
    const shown = document.querySelectorAll(".message:not(.draft) .content");
    return JSON.stringify([...shown].map(({ textContent }) => textContent)) === JSON.stringify(texts);
  }, expected);
}

/** Waits until an element's text is this. */
export async function reads(page: Page, selector: string, text: string): Promise<void> {
  await page.waitForFunction(
    ([where = "", what = ""]) => document.querySelector(where)?.textContent === what,
    [selector, text],
  );
}

/** Points at a message and presses one of the buttons that are offered then. */
export async function act(page: Page, message: string, button: string): Promise<void> {
  const found = page.locator(".message", { hasText: message });
  await found.hover();
  await found.getByRole("button", { name: button }).click();
}

/** Shows one of the tools. */
export const openTool = (page: Page, name: "server" | "people" | "frames" | "load") =>
  page.click(`#${name}-tab`);

/** What one of the counters reads; `holes` of the client are the page's gaps. */
export const counter = async (page: Page, name: string): Promise<number> =>
  Number(await page.textContent(`#count-${name}`));
