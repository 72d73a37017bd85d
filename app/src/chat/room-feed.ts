import { packFrames } from "../protocol/codec.ts";
import type { Connection } from "./connection.ts";
import type { ChatContext } from "./context.ts";
import { deliverWithAcks } from "./deliver-with-acks.ts";
import { type Deliverer, roomTurnBytes } from "./delivery-pacer.ts";
import { EngineUnavailable, type Position, type Replay, type StoredEvent } from "./engine.ts";
import { type EncodedEvent, encodeStoredEvent } from "./event-frames.ts";
import { FeedIntake } from "./feed-intake.ts";
import { FeedRecording } from "./feed-recording.ts";
import { FeedRepair } from "./feed-repair.ts";

/** How long a part of the log that is known to exist may stay away before it is read instead. */
const overdueMs = 500;

/** How long somebody waits for a part of the log before giving up. */
const reachMaxMs = 5000;

interface FeedOwner {
  /** This instance's connections by their number. */
  readonly connections: ReadonlyMap<number, Connection>;
  /** All members were made to leave. */
  onEmptied(): void;
}

interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
}

/**
 * An instance's ordered copy of one room's log, shared by its local members. `head` is the last event handed to
 * them. Whatever the bus does, members get each seq once and in order: holes are read from the log.
 */
export class RoomFeed implements Deliverer {
  readonly room: string;
  readonly members = new Set<Connection>();
  readonly recording = new FeedRecording();
  readonly #context: ChatContext;
  readonly #owner: FeedOwner;
  readonly #intake: FeedIntake;
  readonly #repair: FeedRepair;
  #epoch = "";
  #head = 0;
  #waitingSince = 0;
  #expectedSeq = 0;
  #isWatching = false;
  readonly #waiters = new Set<Waiter>();

  constructor(room: string, context: ChatContext, owner: FeedOwner) {
    this.room = room;
    this.#context = context;
    this.#owner = owner;
    this.#intake = new FeedIntake();
    this.#repair = new FeedRepair(this, context);
  }

  get epoch(): string {
    return this.#epoch;
  }

  get head(): number {
    return this.#head;
  }

  /** The last event taken in: delivered, or waiting for its turn. */
  get acceptedSeq(): number {
    return this.#head + this.#intake.ready.length;
  }

  get hasUndelivered(): boolean {
    return this.#intake.ready.length > 0;
  }

  /** Begins at the log's head; what the bus brought meanwhile goes on from there. */
  start(position: Position): void {
    this.#epoch = position.epoch;
    this.#head = position.seq;
    this.#intake.start();
    this.#advance();
  }

  /** What the bus brought. */
  receive(events: readonly StoredEvent[]): void {
    if (!this.hasUndelivered) this.#waitingSince = this.#context.clock.monotonic();
    for (const event of events) {
      if (this.#epoch === "" && this.#intake.isStarted) this.#epoch = event.epoch;
      this.#intake.put(event, this.#epoch, this.acceptedSeq);
    }
    this.#advance();
  }

  /** What a repair read. Adopts the epoch that the log says; asks for another read while something is missing. */
  takeRepaired({ epoch, events, isComplete }: Extract<Replay, { recovered: true }>): void {
    this.#epoch = epoch;
    this.#intake.putRepaired(events, this.acceptedSeq, isComplete);
    this.#advance();
  }

  #advance(): void {
    this.#fill();
    if (this.hasUndelivered) this.#context.pacer.request(this);
  }

  #fill(): void {
    if (!this.#intake.moveEarly(this.#epoch, this.acceptedSeq)) void this.#repair.request("bus");
  }

  /** Hands out up to `bytesMax` of what is next; at least one event where that is a whole turn's share. */
  deliver(bytesMax: number): number {
    const events: EncodedEvent[] = [];
    let bytes = 0;
    for (const event of this.#intake.ready) {
      const frame = encodeStoredEvent(this.room, event);
      const size = Buffer.byteLength(frame);
      const isAloneInTurn = events.length === 0 && bytesMax === roomTurnBytes;
      if (bytes + size > bytesMax && !isAloneInTurn) break;
      events.push({ event, frame });
      bytes += size;
    }
    this.#intake.take(events.length);
    this.#handOut(events, bytes);
    this.#fill();
    return bytes;
  }

  /** One synchronous step: every member has these events, or its own acks in their place, when it ends. */
  #handOut(events: readonly EncodedEvent[], bytes: number): void {
    const last = events.at(-1);
    if (last === undefined) return;
    this.#head = last.event.seq;
    this.recording.add(events, bytes);
    if (this.members.size > 0) this.#sendToMembers(events);
    this.#context.metrics.delivered((this.#context.clock.monotonic() - this.#waitingSince) / 1000);
    this.#wake();
  }

  /** Senders leave the topic for the moment, since their acks stand where the others see events. */
  #sendToMembers(events: readonly EncodedEvent[]): void {
    const senders = this.#localSenders(events);
    const othersCount = this.members.size - senders.size;
    for (const sender of senders) sender.unsubscribe(this.room);
    if (othersCount > 0) this.#broadcast(packFrames(events.map(({ frame }) => frame)));
    for (const { event } of events) this.#context.metrics.messagesSent(event.kind, othersCount);
    for (const sender of senders) {
      deliverWithAcks(sender, this.room, events);
      sender.subscribe(this.room);
    }
  }

  #broadcast(text: string): void {
    const { broadcaster, limits } = this.#context;
    const isCompressed =
      limits.compressionThresholdBytes > 0 && text.length >= limits.compressionThresholdBytes;
    if (broadcaster.publish(this.room, text, isCompressed) > 0) return;
    for (const member of this.members) member.noteBacklog();
  }

  #localSenders(events: readonly EncodedEvent[]): Set<Connection> {
    const senders = new Set<Connection>();
    for (const { event } of events) {
      if (event.instance !== this.#context.instance.id) continue;
      const sender = this.#owner.connections.get(event.socket);
      if (sender !== undefined && this.members.has(sender)) senders.add(sender);
    }
    return senders;
  }

  /** Whether the log that was read is not the one that the feed follows. */
  #isElsewhere({ epoch, seq }: Position): boolean {
    if (this.#epoch === "" || this.#epoch === epoch) return false;
    return seq > 0 || this.recording.after(0, this.#head) === null;
  }

  /**
   * Resolves once the feed has come to a position of the log, which is read when the bus does not bring it, or to
   * another life of the log. Rejects with EngineUnavailable when neither happens within 5 s.
   */
  async reach(position: Position): Promise<void> {
    if (this.#isElsewhere(position)) await this.#repair.request("poll");
    if (!this.#isElsewhere(position)) await this.#reachSeq(position.seq);
  }

  #reachSeq(seq: number): Promise<void> {
    if (this.#head >= seq) return Promise.resolve();
    this.#watch(seq);
    return new Promise((resolve, reject) => {
      const waiter = { seq, resolve };
      this.#waiters.add(waiter);
      this.#context.clock.after(reachMaxMs, () => {
        if (this.#waiters.delete(waiter)) reject(new EngineUnavailable(`the bus did not bring ${seq}`));
      });
    });
  }

  /** Says that the log holds this position, so that a lost bus message is noticed. */
  expect(position: Position): void {
    if (this.#isElsewhere(position)) void this.#repair.request("poll");
    else this.#watch(position.seq);
  }

  /** One watch at a time. */
  #watch(seq: number): void {
    this.#expectedSeq = Math.max(this.#expectedSeq, seq);
    if (this.#isWatching || this.acceptedSeq >= seq) return;
    this.#isWatching = true;
    this.#context.clock.after(overdueMs, () => {
      this.#isWatching = false;
      if (this.acceptedSeq < seq) void this.#repair.request("poll");
      this.#watch(this.#expectedSeq);
    });
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (waiter.seq > this.#head) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  add(connection: Connection): void {
    this.members.add(connection);
    connection.rooms.add(this);
    connection.subscribe(this.room);
  }

  remove(connection: Connection): void {
    if (!this.members.delete(connection)) return;
    connection.rooms.delete(this);
    connection.unsubscribe(this.room);
  }

  /** Everybody's position is void: they are told, and join again. The feed goes on from the log's head. */
  reset(reason: "epoch" | "too_far", position: Position): void {
    for (const member of [...this.members]) {
      this.remove(member);
      member.sendEvent("resync", { room: this.room, reason, epoch: position.epoch });
      member.queue.writes.release(this.room);
    }
    this.recording.clear();
    this.#intake.clear();
    this.start(position);
    this.#expectedSeq = position.seq;
    for (const waiter of this.#waiters) waiter.resolve();
    this.#waiters.clear();
    this.#owner.onEmptied();
  }
}
