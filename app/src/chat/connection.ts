import { type CloseReason, closeCodes, mayReconnect } from "../protocol/close-codes.ts";
import { encodeError, encodeEvent } from "../protocol/codec.ts";
import type { ErrorCode } from "../protocol/errors.ts";
import type { EventPayload, EventType } from "../protocol/events.ts";
import { noRooms } from "./answer.ts";
import { CommandQueue } from "./command-queue.ts";
import { describeEnding, type Ending } from "./ending.ts";
import type { StoredEvent } from "./engine.ts";
import type { Goodbye } from "./goodbye.ts";
import type { Beating } from "./heartbeat.ts";
import type { Hub } from "./hub.ts";
import type { Identity } from "./identity.ts";
import type { RoomFeed } from "./room-feed.ts";
import { roomLog } from "./room-log.ts";
import type { Session } from "./session.ts";
import type { Socket } from "./socket.ts";

/** Answers wait while this much is unsent, so that a client that pipelines reads is not cut as a slow reader. */
const unsentBytesMax = 65_536;

const noFeeds: readonly RoomFeed[] = [];

/** One socket: what it may do, what it is told, and why it ends. */
export class Connection implements Beating {
  readonly hub: Hub;
  /** Number of the socket on this instance, from 1. */
  readonly number: number;
  readonly session: Session;
  /** What its newest token says. */
  identity: Identity;
  readonly address: string | null;
  /**
   * In the order of joining. Not a set, which would be a tenth of what an idle connection costs; and replaced, not
   * changed, since an array that can grow has places to spare.
   */
  rooms: readonly RoomFeed[] = noFeeds;
  /** Rooms that a batch under way will have joined when it is answered. */
  joining: ReadonlySet<string> = noRooms;
  readonly queue: CommandQueue;
  /** What its client was told, once it is to leave. */
  goodbye: Goodbye | null = null;
  readonly #openedAt: number;
  #socket: Socket | null = null;
  #isClosing = false;
  #hasBacklog = false;
  #isCut = false;
  #framesIn = 0;
  #bytesIn = 0;
  /** Noted at each beat; 0 is since the last one, for to ask the clock costs a tenth of what it costs to answer a frame. */
  #lastActiveAt: number;
  /** When the ping that is unanswered was sent; 0 is none. */
  #pingedAt = 0;

  constructor(hub: Hub, number: number, session: Session, identity: Identity, address: string | null) {
    this.hub = hub;
    this.number = number;
    this.session = session;
    this.identity = identity;
    this.address = address;
    this.queue = new CommandQueue(this);
    this.#openedAt = hub.context.clock.now();
    this.#lastActiveAt = this.#openedAt;
  }

  opened(socket: Socket): void {
    this.#socket = socket;
    this.hub.attach(this);
  }

  received(data: string | Buffer): void {
    this.#framesIn += 1;
    this.#bytesIn += data.length;
    this.#lastActiveAt = 0;
    if (this.#isClosing) return;
    if (typeof data === "string") this.queue.receive(data);
    else this.queue.receiveBinary(data.length);
  }

  drained(): void {
    this.#hasBacklog = false;
    this.queue.pump();
  }

  /** Bun answers pings by itself; who does not read the answers is a slow reader as well. */
  pinged(): void {
    this.#lastActiveAt = 0;
    this.noteBacklog();
  }

  ponged(): void {
    const { clock, metrics } = this.hub.context;
    this.#lastActiveAt = 0;
    if (this.#pingedAt > 0) metrics.roundTripMeasured(Math.max(0, clock.monotonic() - this.#pingedAt) / 1000);
    this.#pingedAt = 0;
  }

  closed(code: number, reason: string): void {
    const ending = describeEnding(code, reason, this.#isClosing, this.#hasBacklog);
    this.#isClosing = true;
    this.goodbye?.cancel();
    this.#socket = null;
    this.hub.detach(this, ending);
    this.#report(ending, reason);
  }

  #report({ code, countedAs }: Ending, reason: string): void {
    const { clock, metrics, log } = this.hub.context;
    const durationMs = clock.now() - this.#openedAt;
    metrics.connectionClosed(countedAs, durationMs / 1000);
    if (countedAs === closeCodes.overloaded) metrics.slowConsumerCut();
    log.info("connection.closed", {
      connection: this.number,
      user: this.session.userId,
      durationMs,
      framesIn: this.#framesIn,
      bytesIn: this.#bytesIn,
      code,
      reason,
    });
  }

  /** Whether the next answer may be sent, or has to wait until the client has read more. */
  get canAnswer(): boolean {
    return !this.#isClosing && (this.#socket?.getBufferedAmount() ?? 0) < unsentBytesMax;
  }

  get isOpen(): boolean {
    return this.#socket !== null && !this.#isClosing;
  }

  send(text: string): void {
    const { compressionThresholdBytes } = this.hub.context.limits;
    const isCompressed = compressionThresholdBytes > 0 && text.length >= compressionThresholdBytes;
    const sent = this.#socket?.send(text, isCompressed) ?? 0;
    if (sent <= 0) this.#hasBacklog = true;
    if (sent === 0) this.#cut();
  }

  /** Bun drops what its buffer has no place for, and ends the socket only when the client stops sending. We do not wait. */
  #cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.hub.context.clock.after(0, () => this.finish("overloaded"));
  }

  /** A frame of this type goes to this socket alone. */
  countSent(type: string): void {
    this.hub.context.metrics.messagesSent(type, 1);
  }

  sendAnswer(text: string): void {
    this.countSent("message_response");
    this.send(text);
  }

  sendEvent<T extends EventType>(type: T, payload: EventPayload<T>): void {
    this.countSent(type);
    this.send(encodeEvent(type, payload));
  }

  sendError(code: ErrorCode, id: string | null, message?: string, retryAfterMs?: number): void {
    this.hub.context.metrics.errorSent(code);
    this.send(encodeError(code, id, message, retryAfterMs));
  }

  /** Something sent to many could not be written to all of them: was it this one? */
  noteBacklog(): void {
    if ((this.#socket?.getBufferedAmount() ?? 0) > 0) this.#hasBacklog = true;
  }

  /** Joined, or about to be by the batch under way. */
  isJoined(room: string): boolean {
    if (this.feedOf(room) !== undefined) return true;
    return this.joining.has(room) && !this.hub.admissions.hasLost(this, room);
  }

  /** The feed of a room that it has joined. */
  feedOf(room: string): RoomFeed | undefined {
    const feed = this.hub.feeds.get(roomLog(room, this.identity.user.id).log);
    return feed?.members.has(this) ? feed : undefined;
  }

  /** Whether its user is not to see the event. */
  hides(event: StoredEvent): boolean {
    return this.hub.blocks.hides(this.identity.user.id, event);
  }

  /** How many rooms it is in, or about to be. */
  get roomCount(): number {
    let count = this.rooms.length;
    for (const room of this.joining) if (this.feedOf(room) === undefined) count += 1;
    return count;
  }

  subscribe(topic: string): void {
    this.#socket?.subscribe(topic);
  }

  unsubscribe(topic: string): void {
    this.#socket?.unsubscribe(topic);
  }

  /** What is sent inside goes out in one write. */
  cork(send: () => void): void {
    this.#socket?.cork(send);
  }

  /** One turn of the heartbeat wheel: once every interval. */
  beat(): void {
    const { clock, limits } = this.hub.context;
    const { silenceMaxMs } = this.hub;
    if (this.#lastActiveAt === 0) this.#lastActiveAt = clock.now();
    const isSilent = silenceMaxMs > 0 && clock.now() - this.#lastActiveAt >= silenceMaxMs;
    if (this.#pingedAt > 0 || isSilent) return this.close("idle_timeout");
    if (limits.heartbeatIntervalMs === 0) return;
    this.sendEvent("heartbeat", { timestamp: clock.now() });
    this.#pingedAt = clock.monotonic();
    this.#socket?.ping();
  }

  /** Says goodbye and closes at once. */
  close(reason: CloseReason): void {
    this.sayGoodbye(reason, reason, 0);
    this.finish(reason);
  }

  sayGoodbye(goodbye: string, reason: CloseReason, closesInMs: number): void {
    if (!this.isOpen) return;
    this.sendEvent("goodbye", { reason: goodbye, closesInMs, reconnect: mayReconnect(closeCodes[reason]) });
  }

  /** The close itself; what arrives from now on is not looked at. */
  finish(reason: CloseReason): void {
    if (!this.isOpen) return;
    this.#isClosing = true;
    this.#socket?.close(closeCodes[reason], reason);
  }
}
