import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

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

export const chromiumPath: string | null = names.map((name) => Bun.which(name)).find(Boolean) ?? null;

/** A browser of one visitor: its tabs share what is stored, as tabs do. It goes with its block. */
export class Visitor implements AsyncDisposable {
  readonly #context: BrowserContext;
  readonly #directory: string;
  /** What a developer would find in the console. */
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext, directory: string) {
    this.#context = context;
    this.#directory = directory;
  }

  static async create(): Promise<Visitor> {
    const directory = await mkdtemp(join(tmpdir(), "holdline-browser-"));
    const options = { executablePath: chromiumPath ?? "", headless: true, args: flags };
    return new Visitor(await chromium.launchPersistentContext(directory, options), directory);
  }

  /** A tab that is connected. */
  async open(url: string): Promise<Page> {
    const page = await this.visit(url);
    await page.waitForSelector('#state[data-kind="connected"]');
    return page;
  }

  async visit(url: string): Promise<Page> {
    const page = await this.#newWindow();
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
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

  /** Not a tab: browsers draw those that are behind others once per second at most. */
  async #newWindow(): Promise<Page> {
    const session = await this.#context.newCDPSession(
      this.#context.pages()[0] ?? (await this.#context.newPage()),
    );
    const [page] = await Promise.all([
      this.#context.waitForEvent("page"),
      session.send("Target.createTarget", { url: "about:blank", newWindow: true }),
    ]);
    await session.detach();
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
