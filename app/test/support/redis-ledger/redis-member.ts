import { FlakySocket } from "../ledger/flaky-socket.ts";
import type { Frame } from "../recording-sockets.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { RoomAnswer } from "../ws-client.ts";
import type { Acked, DeliveryTimes, Sent } from "./ledger-writer.ts";
import { RoomView } from "./room-view.ts";

interface RedisMemberOptions {
  readonly name: string;
  readonly rooms: readonly string[];
  readonly random: SeededRandom;
  readonly times: DeliveryTimes;
  /** Where the next socket goes. */
  nextUrl(): string;
  onViolation(what: string): void;
}

const pauseMsMax = 12;
const retryMs = 100;
/** What says that nothing came of it for now. */
const passing: ReadonlySet<unknown> = new Set(["unavailable", "not_joined", "too_many_in_flight"]);
const ignored: ReadonlySet<string> = new Set([
  "heartbeat",
  "goodbye",
  "stay",
  "user_joined",
  "user_left",
  "presence_changed",
]);

/** A member that sends one message after another, each until it is acked, to whichever server takes it. */
export class RedisMember {
  readonly name: string;
  readonly views: ReadonlyMap<string, RoomView>;
  readonly acked: Acked[] = [];
  /** Rooms that it sends to; none: it only listens. */
  targets: readonly string[] = [];
  #pending: Sent | null = null;
  readonly #options: RedisMemberOptions;
  readonly #socket: FlakySocket;
  #lastAsked = 0;
  /** Of the join that is under way; empty: there is none. */
  #joinId = "";
  #isEnded = false;

  constructor(options: RedisMemberOptions) {
    const { name, rooms, random, nextUrl } = options;
    this.name = name;
    this.#options = options;
    this.views = new Map(rooms.map((room) => [room, new RoomView(room)]));
    this.#socket = new FlakySocket({
      get url() {
        return `${nextUrl().replace("http", "ws")}/ws/chat/${name}`;
      },
      random,
      onOpen: () => this.#guard(() => this.#opened()),
      onFrame: (frame) => this.#guard(() => this.#received(frame)),
    });
  }

  start(): void {
    this.#socket.open();
  }

  end(): void {
    this.#isEnded = true;
    this.#socket.end();
  }

  get isLive(): boolean {
    return [...this.views.values()].every(({ isLive }) => isLive);
  }

  /** Nothing is under way. */
  get isAtRest(): boolean {
    return this.#pending === null && this.targets.length === 0;
  }

  get story(): string {
    const rooms = [...this.views.values()].map(
      ({ room, seq, isLive }) => `${room} ${seq}${isLive ? "" : " not live"}`,
    );
    return `${this.name}: ${this.acked.length} acked, ${this.#pending ? "one pending" : "none pending"}, ${rooms}`;
  }

  /** Begins, or goes on, to send to these rooms. */
  send(rooms: readonly string[]): void {
    const wasResting = this.isAtRest;
    this.targets = rooms;
    if (wasResting) this.#sendNext();
  }

  #guard(handle: () => void): void {
    try {
      if (!this.#isEnded) handle();
    } catch (error) {
      this.#options.onViolation(`${this.name}: ${(error as Error).message}`);
    }
  }

  #later(ms: number, run: () => void): void {
    setTimeout(() => this.#guard(run), ms);
  }

  #opened(): void {
    for (const view of this.views.values()) view.isLive = false;
    this.#joinId = "";
    this.#join();
    this.#repeat();
  }

  /** Whatever is not joined; a room that has to be joined meanwhile is once the answer has come. */
  #join(): void {
    if (this.#joinId !== "" || this.isLive) return;
    const rooms = [...this.views.values()].filter(({ isLive }) => !isLive);
    this.#joinId = `join-${++this.#lastAsked}`;
    const wanted = rooms.map(({ room, position }) => ({ room, ...position }));
    this.#socket.send({ type: "join", id: this.#joinId, payload: { rooms: wanted } });
  }

  #repeat(): void {
    const { clientId, room } = this.#pending ?? {};
    if (room === undefined) return;
    this.#socket.send({ type: "send_message", id: clientId, payload: { room, content: String(clientId) } });
  }

  #sendNext(): void {
    const [room] = this.#options.random.sample([...this.targets], 1);
    if (room === undefined || this.#pending !== null) return;
    this.#pending = { clientId: crypto.randomUUID(), room, sentAt: performance.now() };
    this.#options.times.sent(this.#pending);
    this.#repeat();
  }

  #received(frame: Frame): void {
    if (frame.type === "message_response") this.#answered(frame);
    else if (frame.type === "error") this.#refused(frame);
    else if (frame.type === "resync") this.#resynced(frame);
    else if (!ignored.has(frame.type)) this.#heard(frame);
  }

  #heard(frame: Frame): void {
    const view = this.#viewOf(frame);
    if (!view.isLive) throw new Error(`an event of ${view.room}, which is not joined`);
    view.takeEvent(frame);
    this.#options.times.seen(String((frame.payload.message as Frame["payload"]).clientId));
  }

  #answered({ id, payload }: Frame): void {
    if (id === this.#joinId) this.#joined(payload.rooms as RoomAnswer[]);
    else if (id === this.#pending?.clientId) this.#stored(this.#pending as Sent, payload);
  }

  #joined(answers: readonly RoomAnswer[]): void {
    this.#joinId = "";
    for (const answer of answers.filter(({ ok }) => ok)) this.views.get(answer.room)?.joined(answer);
    this.#joinSoon(answers.some(({ ok }) => !ok) ? retryMs : 0);
  }

  #joinSoon(ms: number): void {
    this.#joinId = "";
    this.#later(ms, () => this.#join());
  }

  /** In a joined room an ack that is no duplicate stands for the event. */
  #stored(sent: Sent, { epoch, seq, messageId, duplicate }: Frame["payload"]): void {
    const view = this.views.get(sent.room) as RoomView;
    const place = { seq: Number(seq), messageId: String(messageId), clientId: sent.clientId };
    if (duplicate === false && view.isLive) view.take(String(epoch), place);
    this.acked.push({ ...sent, ...place, resets: view.resets });
    this.#pending = null;
    this.#later(this.#options.random.below(pauseMsMax), () => this.#sendNext());
  }

  #refused({ id, payload: { code } }: Frame): void {
    if (!passing.has(code)) throw new Error(`refused with ${code}`);
    if (id === this.#joinId) this.#joinSoon(retryMs);
    else if (id === this.#pending?.clientId) this.#later(retryMs, () => this.#repeat());
  }

  #resynced(frame: Frame): void {
    const view = this.#viewOf(frame);
    if (frame.payload.reason !== "epoch") throw new Error(`${view.room}: resync ${frame.payload.reason}`);
    view.resync();
    this.#join();
  }

  #viewOf({ payload, type }: Frame): RoomView {
    const view = this.views.get(String(payload.room));
    if (view === undefined) throw new Error(`got ${type}`);
    return view;
  }
}
