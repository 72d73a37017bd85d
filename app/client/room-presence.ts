import type { Presence, PresentUser, User } from "./wire.ts";

interface PresenceNews {
  userJoined(user: User): void;
  userLeft(user: User): void;
}

/** Who is in a room, kept up to date: what is asked for again after a loss tells only what changed. */
export class RoomPresence {
  readonly #news: PresenceNews;
  #users: Map<string, PresentUser> | null = null;
  /** Who came, or went (null), while an answer is awaited: it may be older than that. */
  #changed: Map<string, PresentUser | null> | null = null;
  #loading: Promise<void> | null = null;
  total = 0;

  constructor(news: PresenceNews) {
    this.#news = news;
  }

  get users(): readonly PresentUser[] {
    return [...(this.#users?.values() ?? [])];
  }

  /** Asks who is there; several at once are one. */
  load(read: () => Promise<Presence>): Promise<void> {
    this.#loading ??= this.#load(read).finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #load(read: () => Promise<Presence>): Promise<void> {
    const changed = new Map<string, PresentUser | null>();
    this.#changed = changed;
    try {
      this.#replace(await read(), changed);
    } finally {
      this.#changed = null;
    }
  }

  /** What is not listed cannot be compared: of a crowd only the total is known. */
  #replace({ users, total }: Presence, changed: ReadonlyMap<string, PresentUser | null>): void {
    const [before, now] = [this.#users, new Map(users.map((user) => [user.userId, user]))];
    for (const [userId, user] of changed) {
      if (user === null) now.delete(userId);
      else now.set(userId, now.get(userId) ?? user);
    }
    const isWhole = users.length === total && before !== null && before.size === this.total;
    this.#users = now;
    this.total = changed.size > 0 && users.length === total ? now.size : total;
    if (!isWhole) return;
    for (const user of now.values()) if (!before.has(user.userId)) this.#news.userJoined(user);
    for (const user of before.values()) if (!now.has(user.userId)) this.#news.userLeft(user);
  }

  joined({ userId, userName, userImage }: User): void {
    const user = { userId, userName, userImage };
    this.#changed?.set(userId, { ...user, connections: 1 });
    if (this.#users?.has(userId)) return;
    this.#users?.set(userId, { ...user, connections: 1 });
    this.total += 1;
    this.#news.userJoined(user);
  }

  left({ userId, userName, userImage }: User): void {
    this.#changed?.set(userId, null);
    if (this.#users !== null && !this.#users.delete(userId) && this.total <= this.#users.size) return;
    this.total -= 1;
    this.#news.userLeft({ userId, userName, userImage });
  }

  forget(): void {
    this.#users = null;
    this.total = 0;
  }
}
