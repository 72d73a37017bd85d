/** Of keys and bus messages; another layout gets another number, and leaves these alone. */
const layout = 1;

export interface RoomKeys {
  readonly meta: string;
  readonly log: string;
  readonly messages: string;
  readonly order: string;
  /** Of the keys of reactions. */
  readonly reactions: string;
  readonly channel: string;
}

/**
 * The names of everything in Redis. All keys of a room have one hash tag and so one slot in a cluster; whatever users
 * choose has its length before it, so that no two things have one name.
 */
export class RedisKeys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = `${prefix}:${layout}:`;
  }

  room(log: string): RoomKeys {
    const of = this.#of(log);
    return {
      meta: this.meta(log),
      log: `${of}log`,
      messages: `${of}messages`,
      order: `${of}order`,
      reactions: `${of}reactions:`,
      channel: this.channel(log),
    };
  }

  /** The one key that says where a log is. */
  meta(log: string): string {
    return `${this.#of(log)}meta`;
  }

  /** Where what is stored in a log is told. */
  channel(log: string): string {
    return `${this.#of(log)}bus`;
  }

  /** Command ids are unique per user and room. Long ids would cost more than what they are remembered for. */
  command(log: string, userId: string, commandId: string): string {
    const digest = Bun.CryptoHasher.hash("sha256", `${userId.length}:${userId}${commandId}`, "base64url");
    return `${this.#of(log)}command:${digest.slice(0, 32)}`;
  }

  /** Of what the control log decides, in the slot of that log. */
  control(log: string): string {
    return this.#of(log);
  }

  seen(userId: string): string {
    return `${this.#prefix}seen:${userId}`;
  }

  /** Of all instances: when their leases end, and what they say of themselves. In one slot. */
  get leases(): string {
    return `${this.#prefix}{instances}:leases`;
  }

  get saidOfLeases(): string {
    return `${this.#prefix}{instances}:said`;
  }

  /** Who clears away what was said under a lease. */
  reaperOf(lease: string): string {
    return `${this.#prefix}lease:${lease}:reaper`;
  }

  /** The connection ids of all sessions of which something was said under a lease. */
  sessionsUnder(lease: string): string {
    return `${this.#prefix}lease:${lease}:sessions`;
  }

  roomsUnder(lease: string): string {
    return `${this.#prefix}lease:${lease}:rooms`;
  }

  session(connectionId: string): string {
    return `${this.#prefix}session:${connectionId}`;
  }

  sessionsOf(userId: string): string {
    return `${this.#prefix}sessions-of:${userId}`;
  }

  sessionsAt(address: string): string {
    return `${this.#prefix}sessions-at:${address}`;
  }

  presence(room: string): string {
    return `${this.#of(room)}presence`;
  }

  /** Who has just left a room. */
  leftOf(room: string): string {
    return `${this.#of(room)}left`;
  }

  /** When the first server used this Redis. */
  get firstUse(): string {
    return `${this.#prefix}first-use`;
  }

  get installSecret(): string {
    return `${this.#prefix}install-secret`;
  }

  /** Where an instance hears itself, and is told what is for it alone. Others by number: a cluster keeps each elsewhere. */
  canary(instance: string, number = 0): string {
    return `${this.#prefix}canary${number === 0 ? "" : `-${number}`}:${instance}`;
  }

  /** The log that a channel is of; null: it is none of a log. */
  logOf(channel: string): string | null {
    const end = channel.length - "}:bus".length;
    const start = channel.indexOf(":", this.#prefix.length) + 1;
    return channel.endsWith("}:bus") && channel.startsWith(`${this.#prefix}{`)
      ? channel.slice(start, end)
      : null;
  }

  #of(log: string): string {
    return `${this.#prefix}{${log.length}:${log}}:`;
  }
}
