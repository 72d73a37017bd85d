import { packFrames } from "../protocol/codec.ts";
import type { Connection } from "./connection.ts";
import type { ChatContext } from "./context.ts";
import { deliverWithAcks } from "./deliver-with-acks.ts";
import { type Deliverer, roomTurnBytes } from "./delivery-pacer.ts";
import type { Position, StoredEvent } from "./engine.ts";
import { authorsOf } from "./event-authors.ts";
import { type EncodedEvent, encodeStoredEvent } from "./event-frames.ts";
import { FeedRecording } from "./feed-recording.ts";
import { LogFollower } from "./log-follower.ts";
import type { RoomLog } from "./room-log.ts";

export interface FeedOwner {
  /** This instance's connections by their number. */
  readonly connections: ReadonlyMap<number, Connection>;
  /** Local users who may not see what this user does; undefined where there are none. */
  viewersWithout(authorId: string): ReadonlySet<string> | undefined;
  /** The connections of a local user. */
  connectionsOf(userId: string): Iterable<Connection>;
  onEntered(feed: RoomFeed, connection: Connection): void;
  onLeft(feed: RoomFeed, connection: Connection): void;
  /** All members were made to leave. */
  onEmptied(): void;
}

/** An instance's ordered copy of one room's log, shared by its local members. `head` is the last event handed to them. */
export class RoomFeed implements Deliverer {
  /** What clients call it. */
  readonly room: string;
  /** What the engine and the topic call it: users' own notifications share one room name. */
  readonly log: string;
  readonly members = new Set<Connection>();
  readonly recording: FeedRecording;
  readonly follower: LogFollower;
  readonly #context: ChatContext;
  readonly #owner: FeedOwner;

  constructor({ room, log }: RoomLog, context: ChatContext, owner: FeedOwner) {
    this.room = room;
    this.log = log;
    this.recording = new FeedRecording(room);
    this.#context = context;
    this.#owner = owner;
    this.follower = new LogFollower(log, context, {
      onReady: () => context.pacer.request(this),
      onReset: (reason, position) => this.#reset(reason, position),
      onRenewed: () => this.#renewed(),
      isUntold: () => this.recording.after(0, this.follower.head) !== null,
    });
  }

  get epoch(): string {
    return this.follower.epoch;
  }

  get head(): number {
    return this.follower.head;
  }

  get hasUndelivered(): boolean {
    return this.follower.ready.length > 0;
  }

  /** Hands out up to `bytesMax` of what is next; at least one event where that is a whole turn's share. */
  deliver(bytesMax: number): number {
    const events: EncodedEvent[] = [];
    let bytes = 0;
    for (const event of this.follower.ready) {
      const frame = encodeStoredEvent(this.room, event);
      const size = Buffer.byteLength(frame);
      const isAloneInTurn = events.length === 0 && bytesMax === roomTurnBytes;
      if (bytes + size > bytesMax && !isAloneInTurn) break;
      events.push({ event, frame });
      bytes += size;
    }
    this.follower.take(events.length);
    if (events.length > 0) this.#handOut(events, bytes);
    this.follower.wake();
    return bytes;
  }

  /** One synchronous step: every member has these events, or its own acks in their place, when it ends. */
  #handOut(events: readonly EncodedEvent[], bytes: number): void {
    this.recording.add(events, bytes);
    if (this.members.size > 0) this.#sendToMembers(events);
    const { clock, metrics } = this.#context;
    metrics.delivered((clock.monotonic() - this.follower.readySince) / 1000);
  }

  /**
   * Some leave the topic for the moment: who sees own acks where others see events, and who may not see them all. They
   * come first: Bun writes a frame over 16 KiB to all others at once, and who waits for an ack would wait for that.
   */
  #sendToMembers(events: readonly EncodedEvent[]): void {
    const apart = new Set<Connection>();
    for (const { event } of events) {
      this.#addSender(event, apart);
      for (const userId of authorsOf(event)) this.#addViewersWithout(userId, apart);
    }
    const othersCount = this.members.size - apart.size;
    for (const member of apart) {
      member.unsubscribe(this.log);
      deliverWithAcks(member, this.room, events);
    }
    if (othersCount > 0) this.#broadcast(packFrames(events.map(({ frame }) => frame)));
    for (const { event } of events) this.#context.metrics.messagesSent(event.kind, othersCount);
    for (const member of apart) member.subscribe(this.log);
  }

  /** A frame that is in no log, to all members but those of these users. */
  tell(text: string, type: string, exceptUserIds: Iterable<string>): void {
    const apart = new Set<Connection>();
    for (const userId of exceptUserIds) this.#addMembersOf(userId, apart);
    const count = this.members.size - apart.size;
    if (count === 0) return;
    for (const member of apart) member.unsubscribe(this.log);
    this.#broadcast(text);
    for (const member of apart) member.subscribe(this.log);
    this.#context.metrics.messagesSent(type, count);
  }

  #broadcast(text: string): void {
    const { broadcaster, limits } = this.#context;
    const isCompressed =
      limits.compressionThresholdBytes > 0 && text.length >= limits.compressionThresholdBytes;
    if (broadcaster.publish(this.log, text, isCompressed) > 0) return;
    for (const member of this.members) member.noteBacklog();
  }

  #addSender(event: StoredEvent, apart: Set<Connection>): void {
    if (event.instance !== this.#context.instance.id) return;
    const sender = this.#owner.connections.get(event.socket);
    if (sender !== undefined && this.members.has(sender)) apart.add(sender);
  }

  #addViewersWithout(authorId: string, apart: Set<Connection>): void {
    for (const viewerId of this.#owner.viewersWithout(authorId) ?? []) this.#addMembersOf(viewerId, apart);
  }

  #addMembersOf(userId: string, apart: Set<Connection>): void {
    for (const connection of this.#owner.connectionsOf(userId))
      if (this.members.has(connection)) apart.add(connection);
  }

  add(connection: Connection): void {
    if (this.members.has(connection)) return;
    this.#owner.onEntered(this, connection);
    this.members.add(connection);
    connection.rooms = [...connection.rooms, this];
    connection.subscribe(this.log);
  }

  remove(connection: Connection): void {
    if (!this.members.delete(connection)) return;
    connection.rooms = connection.rooms.filter((feed) => feed !== this);
    connection.unsubscribe(this.log);
    this.#owner.onLeft(this, connection);
  }

  /** What was stored and is not in the log any more cannot be acked. */
  #renewed(): void {
    for (const member of this.members) member.queue.loseWrites(this.room, this.epoch);
  }

  /** Everybody's position is void: they are told, and join again. */
  #reset(reason: "epoch" | "too_far", position: Position): void {
    for (const member of [...this.members]) {
      this.remove(member);
      member.sendEvent("resync", { room: this.room, reason, epoch: position.epoch });
      member.queue.releaseWrites(this.room);
    }
    this.recording.clear();
    this.#owner.onEmptied();
  }
}
