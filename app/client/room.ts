import { isRoom } from "../src/protocol/names.ts";
import type { Connection } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { HoldlineError } from "./errors.ts";
import type { Joinable } from "./joiner.ts";
import { LogPosition } from "./log-position.ts";
import type { Outbox } from "./outbox.ts";
import { type Author, type OwnWrite, type RoomEvents, readLoggedEvent, readOwnWrite } from "./room-events.ts";
import { RoomPresence } from "./room-presence.ts";
import type { Frame, HistoryPage, JoinAnswer, Position, Presence, Stored } from "./wire.ts";

export interface SendOptions {
  /** An object of at most 4 KiB as JSON, delivered unchanged. */
  readonly meta?: Record<string, unknown> | undefined;
  /** Idempotency key, unique per user and room for 15 minutes. Default: a random UUID. */
  readonly id?: string | undefined;
}

/**
 * What a room needs of its client.
 * @internal
 */
export interface RoomHost {
  readonly outbox: Outbox;
  readonly current: Connection | null;
  readonly me: Author;
  /** Joins the room on this connection, or on every open one. */
  join(room: Joinable, connection?: Connection): void;
  count(what: "holes" | "duplicates" | "resets" | "resumes"): void;
}

/** A typing user is forgotten after 5 s, so that one who goes on says so more often. */
const typingAgainMs = 3_000;

/** One room: joined until `leave`, whatever happens to connections meanwhile. */
export class Room extends Emitter<RoomEvents> {
  readonly name: string;
  /** @internal Whether it is joined, or will be. */
  isWanted = false;
  readonly #host: RoomHost;
  readonly #log = new LogPosition();
  readonly #presence: RoomPresence;
  /** Messages that were answered as duplicates before their events came. */
  readonly #early = new Set<string>();
  /** Where it is joined, the newest last. */
  readonly #live = new Set<Connection>();
  #waiting: { resolve: () => void; reject: (error: HoldlineError) => void }[] = [];
  #toldTypingAt = 0;
  #isPresenceFollowed = false;

  /** @internal */
  constructor(name: string, host: RoomHost) {
    super();
    if (!isRoom(name)) throw new TypeError(`${name}: expected room:… or group:… with A-Z a-z 0-9 _ . -`);
    this.name = name;
    this.#host = host;
    this.#presence = new RoomPresence({
      userJoined: (user) => this.emit("userJoined", user),
      userLeft: (user) => this.emit("userLeft", user),
    });
  }

  /** Null until the room was joined for the first time. */
  get position(): Position | null {
    return this.#log.position;
  }

  /** Whether events arrive at present. */
  get isJoined(): boolean {
    return this.#live.size > 0;
  }

  /** Resolves when the room is live; rejects if it may not be joined. */
  join(): Promise<void> {
    this.isWanted = true;
    if (this.isJoined) return Promise.resolve();
    const live = new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#host.join(this);
    return live;
  }

  /** Ends what is under way in the room, and forgets where in its log the client was. */
  leave(): void {
    for (const connection of this.#live) connection.tell("leave", { rooms: [this.name] });
    this.refused(new HoldlineError("not_joined", "The room was left."));
  }

  /** Resolves when the message is stored for good, however many connections that takes. */
  send(content: string, { meta, id }: SendOptions = {}): Promise<Stored> {
    return this.#write("send_message", { content, meta }, id);
  }

  /** Author or admin. Without `meta` it stays as it was. */
  edit(messageId: string, content: string, { meta, id }: SendOptions = {}): Promise<Stored> {
    return this.#write("message_edit", { messageId, content, meta }, id);
  }

  /** Author or admin. */
  remove(messageId: string): Promise<Stored> {
    return this.#write("message_delete", { messageId });
  }

  react(messageId: string, emoji: string, action: "add" | "remove" = "add"): Promise<Stored> {
    return this.#write("reaction", { messageId, emoji, action });
  }

  /** Messages before a seq (default: the newest), 1–100 of them (default 50). */
  history(
    bounds: { readonly before?: number | undefined; readonly limit?: number } = {},
  ): Promise<HistoryPage> {
    return this.#host.outbox.read("history", { room: this.name, ...bounds });
  }

  /** Who is there; from now on `userJoined`, `userLeft` and `presence` stay true over reconnects. */
  async presence(): Promise<Presence> {
    this.#isPresenceFollowed = true;
    await this.#presence.load(() => this.#host.outbox.read("presence", { room: this.name }));
    return this.#tellPresence();
  }

  /** Says that the user types, or has ceased to. Call it as often as keys are pressed. */
  typing(isTyping = true): void {
    const [now, { current }] = [Date.now(), this.#host];
    if (isTyping ? now - this.#toldTypingAt < typingAgainMs : this.#toldTypingAt === 0) return;
    this.#toldTypingAt = isTyping ? now : 0;
    if (current !== null && this.isLive(current)) current.tell("typing", { room: this.name, isTyping });
  }

  /** @internal */
  isLive(connection: Connection): boolean {
    return this.#live.has(connection);
  }

  /** @internal */
  rejoin(connection: Connection): boolean {
    this.#live.delete(connection);
    if (this.isWanted) this.#host.join(this, connection);
    return this.isWanted;
  }

  /** @internal */
  entered(connection: Connection, answer: JoinAnswer & { ok: true }): boolean {
    if (answer.recovered) {
      for (const frame of answer.events) if (!this.#take(frame)) return true;
      this.#log.reach(answer);
      if (answer.more) return true;
      this.#host.count("resumes");
    } else this.#reset(answer);
    this.#live.add(connection);
    this.emit("live", { recovered: answer.recovered });
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    this.#host.outbox.pump();
    if (this.#isPresenceFollowed) this.presence().catch(() => {});
    return false;
  }

  /** @internal */
  refused(error: HoldlineError): void {
    this.isWanted = this.#isPresenceFollowed = false;
    this.#live.clear();
    this.#early.clear();
    this.#log.forget();
    this.#presence.forget();
    this.#host.outbox.abandon(error, this);
    this.abandon(error);
    this.emit("left", { reason: error.code });
  }

  /** @internal */
  abandon(error: HoldlineError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** @internal */
  heard(connection: Connection, frame: Frame): void {
    const { type, payload } = frame;
    if (type === "room_left") {
      if (this.isWanted) this.refused(new HoldlineError(payload.reason, "No longer admitted to the room."));
    } else if (type === "resync") this.rejoin(connection);
    else if (!this.isLive(connection)) return;
    else if (payload.seq === undefined) this.#takeFleeting(connection, frame);
    else if (!this.#take(frame)) this.rejoin(connection);
  }

  /** @internal */
  ended(connection: Connection): void {
    this.#live.delete(connection);
  }

  /** @internal */
  stored(write: OwnWrite, answer: Stored): void {
    const seenTo = this.#log.position?.seq ?? 0;
    if (answer.duplicate || this.#log.take(answer) !== "next") {
      if (write.type === "send_message" && answer.seq > seenTo) this.#early.add(write.id);
      return;
    }
    const event = readOwnWrite(write, answer, this.#host.me);
    if (event !== null) this.#tell(event);
  }

  #write(type: string, payload: object, id?: string): Promise<Stored> {
    if (!this.isWanted) return Promise.reject(new HoldlineError("not_joined", `Join ${this.name} first.`));
    return this.#host.outbox.write(this, { type, payload: { room: this.name, ...payload }, id });
  }

  /** False: something is missing before it, and the log has to be asked. */
  #take(frame: Frame): boolean {
    const place = this.#log.take(frame.payload);
    if (place === "duplicate") this.#host.count("duplicates");
    if (place === "hole") this.#host.count("holes");
    if (place !== "next") return place === "duplicate";
    const event = readLoggedEvent(frame, (id) => this.#early.delete(id) || this.#host.outbox.has(id));
    if (event !== null) this.#tell(event);
    return true;
  }

  #tell<T extends keyof RoomEvents>([type, event]: readonly [T, RoomEvents[T]]): void {
    this.emit(type, event);
  }

  #reset({ epoch, seq, reason, messages, hasMore }: JoinAnswer & { ok: true; recovered: false }): void {
    this.#log.reset({ epoch, seq });
    this.#early.clear();
    if (reason !== "new") this.#host.count("resets");
    this.emit("reset", { reason, messages: messages as RoomEvents["reset"]["messages"], hasMore });
  }

  /** Of these only the newest connection's count: nothing tells repeated ones apart. */
  #takeFleeting(connection: Connection, { type, payload: { room, ...event } }: Frame): void {
    if (connection !== [...this.#live].at(-1)) return;
    if (type === "user_joined") this.#presence.joined(event);
    else if (type === "user_left") this.#presence.left(event);
    else if (type === "typing") this.emit("typing", event);
    else if (type === "presence_changed") {
      this.#presence.total = event.total;
      this.#tellPresence();
    } else this.emit("other", { type, payload: event });
  }

  #tellPresence(): Presence {
    const { users, total } = this.#presence;
    this.emit("presence", { users, total });
    return { users, total };
  }
}
