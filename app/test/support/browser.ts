import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome"];

/** No sandbox, as root has none; and nothing that asks the world outside. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Chromium cuts off what it loads when an interface comes or goes, as where a container starts beside the tests. */
const networkChanged = "net::ERR_NETWORK_CHANGED";

/** What a page says whose module was cut off. */
const moduleMissing = "Failed to fetch dynamically imported module";

const loadTriesMax = 10;
const openMaxMs = 20_000;

export const chromiumPath: string | null = names.map((name) => Bun.which(name)).find(Boolean) ?? null;

/** One for all tests of a run, since it takes a second to start; it ends with the process. */
let browser: Promise<Browser> | null = null;

/** Another one where it broke: that fails one test, and not all that follow. */
async function theBrowser(): Promise<Browser> {
  const running = await browser?.catch(() => null);
  if (running?.isConnected()) return running;
  browser = chromium.launch({ executablePath: chromiumPath ?? "", headless: true, args: flags });
  return await browser;
}

/** What one visitor's windows share: what is stored, and nothing with other visitors. It goes with its block. */
export class Visitor implements AsyncDisposable {
  readonly #context: BrowserContext;
  /** What a developer would find in the console. */
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext) {
    this.#context = context;
  }

  static async create(): Promise<Visitor> {
    return new Visitor(await (await theBrowser()).newContext());
  }

  /** A window that is connected. */
  async open(url: string): Promise<Page> {
    const page = await this.visit(url);
    await untilConnected(page);
    return page;
  }

  async reload(page: Page): Promise<void> {
    await page.reload();
    await untilConnected(page);
  }

  async visit(url: string): Promise<Page> {
    const page = await this.#newWindow();
    await page.goto(url);
    return page;
  }

  /** The network of one window. */
  async networkOf(page: Page): Promise<{ cut(): Promise<void>; restore(): Promise<void> }> {
    const session = await this.#context.newCDPSession(page);
    const emulate = async (offline: boolean) => {
      const unlimited = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
      await session.send("Network.emulateNetworkConditions", { offline, ...unlimited });
    };
    return { cut: () => emulate(true), restore: () => emulate(false) };
  }

  async #newWindow(): Promise<Page> {
    const page = await this.#openWindow();
    page.on("console", (message) => {
      const isBad = ["error", "warning"].includes(message.type());
      if (isBad && !message.text().includes(networkChanged)) this.complaints.push(message.text());
    });
    page.on("pageerror", ({ message }) => {
      if (!message.includes(moduleMissing)) this.complaints.push(message);
    });
    return page;
  }

  /** Not a tab: browsers draw those that are behind others once per second at most. */
  async #openWindow(): Promise<Page> {
    const [first] = this.#context.pages();
    if (first === undefined) return await this.#context.newPage();
    const session = await this.#context.newCDPSession(first);
    const { targetInfo } = await session.send("Target.getTargetInfo");
    const [page] = await Promise.all([
      this.#context.waitForEvent("page"),
      session.send("Target.createTarget", {
        url: "about:blank",
        newWindow: true,
        ...(targetInfo.browserContextId && { browserContextId: targetInfo.browserContextId }),
      }),
    ]);
    await session.detach();
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}

/** Loads it again where it was cut off. */
async function untilConnected(page: Page): Promise<void> {
  const connected = page.locator('#state[data-kind="connected"]');
  const cutOff = page.locator("#retry", { hasText: "Load it again" });
  for (let tries = 0; tries < loadTriesMax; tries += 1) {
    await connected.or(cutOff).waitFor({ timeout: openMaxMs });
    if (await connected.isVisible()) return;
    await cutOff.click();
  }
  throw new Error("the page could not be loaded");
}
