const sampleMs = 100;
const megabyte = 1_048_576;

/** Watches how much memory a server takes, as it says itself. */
export class RssPeak {
  readonly #url: string;
  readonly #start: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #peak: number;
  #isAsking = false;

  private constructor(url: string, start: number) {
    this.#url = url;
    this.#start = start;
    this.#peak = start;
    this.#timer = setInterval(() => void this.#sample(), sampleMs);
  }

  static async watch(url: string): Promise<RssPeak> {
    return new RssPeak(url, await readRss(url));
  }

  /** By how many megabytes it was larger than at first, at the worst moment so far. */
  async growth(): Promise<number> {
    await this.#sample();
    this.stop();
    return (this.#peak - this.#start) / megabyte;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A busy server answers late; one question at a time is enough. */
  async #sample(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#peak = Math.max(this.#peak, await readRss(this.#url).catch(() => 0));
    this.#isAsking = false;
  }
}

async function readRss(url: string): Promise<number> {
  const health = (await (await fetch(`${url}/health`)).json()) as { memory: { rss: number } };
  return health.memory.rss;
}
