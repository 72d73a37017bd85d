import type { ChatContext } from "./context.ts";
import type { StoredEvent } from "./engine.ts";
import { authorsOf } from "./event-authors.ts";

const nobody: ReadonlySet<string> = new Set();

/** How long to wait after a read that failed. */
const retryMs = 1000;

interface Read {
  /** Something changed that the read under way may have missed. */
  isStale: boolean;
  hidden: Promise<ReadonlySet<string>>;
}

/**
 * Which local users may not see whom, in either direction of a block. Known of the connected users who asked, from
 * one read each, and kept current by the control log: a new block counts at once, also before a read says so; whether
 * an end of one is an end of both directions only the engine knows.
 */
export class Blocks {
  readonly #context: Pick<ChatContext, "engine" | "clock" | "log">;
  readonly #isConnected: (userId: string) => boolean;
  readonly #hidden = new Map<string, ReadonlySet<string>>();
  /** The other way round. */
  readonly #viewers = new Map<string, Set<string>>();
  readonly #reads = new Map<string, Read>();

  constructor(
    context: Pick<ChatContext, "engine" | "clock" | "log">,
    isConnected: (userId: string) => boolean,
  ) {
    this.#context = context;
    this.#isConnected = isConnected;
  }

  /** Whom this user may not see. Empty for who is not connected here, or was not asked for by `load`. */
  hiddenFrom(userId: string): ReadonlySet<string> {
    return this.#hidden.get(userId) ?? nobody;
  }

  /** Whether a viewer is not to see an event. What deletes is always shown: it holds no text, and takes some away. */
  hides(viewerId: string, event: StoredEvent): boolean {
    const hidden = this.hiddenFrom(viewerId);
    if (hidden.size === 0 || event.kind === "message_delete") return false;
    return authorsOf(event).some((userId) => hidden.has(userId));
  }

  /** The local users who may not see this one; undefined where there are none. */
  viewersWithout(userId: string): ReadonlySet<string> | undefined {
    return this.#viewers.size === 0 ? undefined : this.#viewers.get(userId);
  }

  /** Whom this user may not see, from the engine where it is not known here. Rejects with EngineUnavailable. */
  load(userId: string): Promise<ReadonlySet<string>> {
    if (!this.#isConnected(userId)) return this.#context.engine.blockRelations(userId).then(toSet);
    const known = this.#reads.get(userId)?.hidden ?? this.#hidden.get(userId);
    return known === undefined ? this.#begin(userId) : Promise.resolve(known);
  }

  /** Users of whom something is known here. */
  users(): string[] {
    return [...new Set([...this.#hidden.keys(), ...this.#reads.keys()])];
  }

  /** Reads again what is known of a user, if anything is. Rejects with EngineUnavailable. */
  async reload(userId: string): Promise<void> {
    const read = this.#reads.get(userId);
    if (read !== undefined) read.isStale = true;
    if (read !== undefined) await read.hidden;
    else if (this.#hidden.has(userId)) await this.#begin(userId);
  }

  #begin(userId: string): Promise<ReadonlySet<string>> {
    const read: Read = { isStale: true, hidden: Promise.resolve(nobody) };
    this.#reads.set(userId, read);
    read.hidden = this.#read(userId, read);
    return read.hidden;
  }

  async #read(userId: string, read: Read): Promise<ReadonlySet<string>> {
    const isWanted = () => this.#reads.get(userId) === read;
    try {
      let hidden = nobody;
      while (read.isStale) {
        read.isStale = false;
        hidden = toSet(await this.#context.engine.blockRelations(userId));
      }
      if (isWanted()) this.#replace(userId, hidden);
      return hidden;
    } finally {
      if (isWanted()) this.#reads.delete(userId);
    }
  }

  #replace(userId: string, hidden: ReadonlySet<string>): void {
    for (const other of this.hiddenFrom(userId)) this.#removeViewer(other, userId);
    for (const other of hidden) this.#addViewer(other, userId);
    this.#hidden.set(userId, hidden);
  }

  #addViewer(userId: string, viewerId: string): void {
    this.#viewers.set(userId, (this.#viewers.get(userId) ?? new Set()).add(viewerId));
  }

  #removeViewer(userId: string, viewerId: string): void {
    const viewers = this.#viewers.get(userId);
    if (viewers?.delete(viewerId) && viewers.size === 0) this.#viewers.delete(userId);
  }

  added(userId: string, otherId: string): void {
    this.#hide(userId, otherId);
    this.#hide(otherId, userId);
  }

  #hide(viewerId: string, userId: string): void {
    const read = this.#reads.get(viewerId);
    if (read !== undefined) read.isStale = true;
    const hidden = this.#hidden.get(viewerId);
    if (hidden === undefined || hidden.has(userId)) return;
    this.#hidden.set(viewerId, new Set(hidden).add(userId));
    this.#addViewer(userId, viewerId);
  }

  removed(userId: string, otherId: string): void {
    this.#reloadSurely(userId);
    this.#reloadSurely(otherId);
  }

  #reloadSurely(userId: string): void {
    this.reload(userId).catch((error: unknown) => {
      this.#context.log.warn("task.failed", { stage: "blocks.reload", error });
      this.#context.clock.after(retryMs, () => this.#reloadSurely(userId));
    });
  }

  /** Resolves when no read of these users is under way. */
  async settled(...userIds: readonly string[]): Promise<void> {
    await Promise.allSettled(userIds.map((userId) => this.#reads.get(userId)?.hidden));
  }

  /** The user's last socket here is gone. */
  forget(userId: string): void {
    this.#reads.delete(userId);
    for (const other of this.hiddenFrom(userId)) this.#removeViewer(other, userId);
    this.#hidden.delete(userId);
  }
}

const toSet = (userIds: readonly string[]): ReadonlySet<string> =>
  userIds.length === 0 ? nobody : new Set(userIds);
