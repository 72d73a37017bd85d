import { type Client, type ClientOptions, createClient, HoldlineError } from "../index.ts";

/** Echoes under way at a time, so that the last of thousands does not wait for all the others. */
const echoesAtOnce = 500;
const tickMs = 20;

/** What came of the echoes. Times in ms, in order. */
export interface Echoes {
  readonly lost: number;
  readonly times: readonly number[];
}

/** Many connections, each of which is expected to stay. */
export class Crowd {
  readonly #clients: Client[] = [];
  readonly #optionsOf: (index: number) => ClientOptions;
  open = 0;
  echoed = 0;
  /** Connections that were open and are not any more. */
  lost = 0;
  /** Why the first that was not let in was not. */
  refusal: HoldlineError | null = null;
  #isClosing = false;

  constructor(optionsOf: (index: number) => ClientOptions) {
    this.#optionsOf = optionsOf;
  }

  /** Opens so many at this pace; resolves when all are open, or one was refused. */
  async fill(count: number, perSecond: number): Promise<void> {
    const startedAt = performance.now();
    while (this.refusal === null && this.open + this.lost < count) {
      const due = Math.ceil(((performance.now() - startedAt) / 1000) * perSecond);
      while (this.#clients.length < Math.min(due, count)) this.#add();
      await Bun.sleep(tickMs);
    }
  }

  /** Something goes through each and comes back as it was. */
  async echo(): Promise<Echoes> {
    const times: number[] = [];
    const waiting = this.#clients.entries();
    let lost = 0;
    const work = async () => {
      for (const [index, client] of waiting) {
        const before = performance.now();
        const isBack = await isEchoed(client, index);
        if (isBack) times.push(performance.now() - before);
        else lost += 1;
        this.echoed += 1;
      }
    };
    await Promise.all(Array.from({ length: echoesAtOnce }, work));
    return { lost, times: times.sort((a, b) => a - b) };
  }

  close(): void {
    this.#isClosing = true;
    for (const client of this.#clients) client.close();
  }

  #add(): void {
    const client = createClient({ ...this.#optionsOf(this.#clients.length), reconnectAttemptsMax: 0 });
    let isOpen = false;
    client.on("connected", () => {
      if (!isOpen) this.open += 1;
      isOpen = true;
    });
    client.on("gaveUp", (error) => {
      if (this.#isClosing) return;
      if (!isOpen) this.refusal ??= error;
      else {
        this.open -= 1;
        this.lost += 1;
      }
    });
    this.#clients.push(client);
  }
}

async function isEchoed(client: Client, index: number): Promise<boolean> {
  try {
    const { content } = await client.echo({ index });
    return content.index === index;
  } catch (error) {
    if (error instanceof HoldlineError) return false;
    throw error;
  }
}
