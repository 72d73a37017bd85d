import type { ChatContext } from "./context.ts";
import { EngineUnavailable } from "./engine.ts";
import type { Feeds } from "./feeds.ts";

/** With the second between two looks, well below the 1.5 s in which a loss has to be made good. */
const overdueMs = 300;

/** Looks where the logs of all rooms here are, so that what the bus lost last is missed although nothing follows it. */
export class HeadPoll {
  readonly #context: ChatContext;
  readonly #feeds: Feeds;
  #isPolling = false;

  constructor(context: ChatContext, feeds: Feeds) {
    this.#context = context;
    this.#feeds = feeds;
  }

  /** Called once a second; while one look takes longer there is no other. */
  async poll(): Promise<void> {
    if (this.#isPolling || this.#context.engine.heads === null || this.#feeds.count === 0) return;
    this.#isPolling = true;
    try {
      await this.#look();
    } catch (error) {
      // While the engine is down everybody hears of it, and the next look finds what was missed.
      if (!(error instanceof EngineUnavailable))
        this.#context.log.warn("task.failed", { stage: "heads.poll", error });
    } finally {
      this.#isPolling = false;
    }
  }

  async #look(): Promise<void> {
    const feeds = [...this.#feeds.all()];
    const heads = await this.#context.engine.heads?.(feeds.map(({ log }) => log));
    for (const [index, feed] of feeds.entries()) {
      const head = heads?.[index];
      if (head !== undefined && this.#feeds.get(feed.log) === feed) feed.follower.expect(head, overdueMs);
    }
  }
}
