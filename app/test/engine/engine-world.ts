import type {
  Engine,
  EngineListener,
  HistoryBounds,
  Position,
  Publish,
  PublishResult,
  ReplayBounds,
  StoredEvent,
} from "../../src/chat/engine.ts";
import type { Page } from "../../src/chat/engine-people.ts";
import { aPublish } from "./a-publish.ts";

interface Retention {
  readonly historyMessagesMax: number;
  readonly historyTtlMs: number;
}

/** One empty store, and what a test needs of it beyond the port. */
export interface EngineStore {
  /** At most one engine is open at a time; a later one finds what an earlier one stored. */
  open(retention?: Partial<Retention>): Promise<Engine>;
  /** Appends an entry as a newer version would: of a kind unknown here, with `rest`, and without a message. */
  appendForeign(room: string, kind: string, rest: string): Promise<void>;
  remove(): Promise<void>;
}

type Stored = Extract<PublishResult, { ok: true }>;

export const room = "room:a";
export const start: Position = { epoch: "", seq: 0 };
export const wide: ReplayBounds = { replayMax: 10_000, eventsMax: 10_000, textUnitsMax: 10_000_000 };
export const page: HistoryBounds = {
  before: null,
  limit: 100,
  textUnitsMax: 10_000_000,
  viewerId: "u1",
  hidden: [],
};

/** The store and the engine of the present test. */
export class EngineWorld {
  #store: EngineStore | null = null;
  #engine: Engine | null = null;

  begin(store: EngineStore): void {
    this.#store = store;
  }

  async end(): Promise<void> {
    await this.engine.close();
    await this.store.remove();
  }

  get store(): EngineStore {
    return this.#store ?? unset("store");
  }

  get engine(): Engine {
    return this.#engine ?? unset("engine");
  }

  async open(retention?: Partial<Retention>, listener: Partial<EngineListener> = {}): Promise<void> {
    this.#engine = await this.store.open(retention);
    const availabilityChanged = (fault: Error | null) => unset(`fault, but ${fault}`);
    this.#engine.listen({ stored: () => {}, availabilityChanged, ...listener });
  }

  async reopen(): Promise<void> {
    await this.engine.close();
    await this.open();
  }

  /** Publishes one after another, at least one: as given, or that many plain ones. */
  async publishAll(publishes: readonly Partial<Publish>[] | number): Promise<[Stored, ...Stored[]]> {
    const all = typeof publishes === "number" ? Array<Partial<Publish>>(publishes).fill({}) : publishes;
    const results: Stored[] = [];
    for (const fields of all) results.push(stored(await this.engine.publish(aPublish(fields))));
    return results as [Stored, ...Stored[]];
  }

  async eventsAfter(after: Position): Promise<readonly StoredEvent[]> {
    const answer = await this.engine.replay(room, after, wide);
    if (!answer.recovered) throw new Error(answer.reason);
    return answer.events;
  }
}

export function stored(result: PublishResult): Stored {
  if (!result.ok) throw new Error(result.code);
  return result;
}

/** The items of every page, with what happens after the first, the second and so on. */
export async function pagesOf<T>(
  read: (after: string | null) => Promise<Page<T> | null>,
  meanwhile: readonly (() => Promise<unknown>)[] = [],
): Promise<(readonly T[])[]> {
  const pages: (readonly T[])[] = [];
  for (let after: string | null = null, isLast = false; !isLast; ) {
    const answer: Page<T> | null = await read(after);
    pages.push(answer?.items ?? []);
    await meanwhile[pages.length - 1]?.();
    after = answer?.next ?? null;
    isLast = after === null;
  }
  return pages;
}

export function seqsOf(events: readonly StoredEvent[]): number[] {
  return events.map((event) => event.seq);
}

function unset(what: string): never {
  throw new Error(`there is no ${what}`);
}
