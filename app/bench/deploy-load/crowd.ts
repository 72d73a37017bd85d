import { Latencies } from "../../deploy/latencies.ts";
import { LiveTime } from "./live-time.ts";
import { type Kind, kindAt, type LoadShape, roomsOf, sessionOf } from "./load-shape.ts";
import { loadToken } from "./load-token.ts";
import { LogBook } from "./log-book.ts";
import { Member, type MemberClient } from "./member.ts";
import { machineTime } from "./message-code.ts";
import { PlainClient } from "./plain-client.ts";
import { SdkClient } from "./sdk-client.ts";
import { newTally } from "./tally.ts";
import { Timeline } from "./timeline.ts";

/** `idle`: before and between what is measured. */
export type Phase = "idle" | "steady" | "deploying";

const turnMs = 10;
/** A sender that waits for an answer is passed over, up to so many of them. */
const looksMax = 50;

/** The clients of one process. */
export class Crowd {
  readonly clients: readonly MemberClient[];
  readonly books: readonly LogBook[];
  readonly tally = newTally();
  /** Between members that hand over, by phase: what deliveries take while nobody is without a socket. */
  readonly handedOver: Record<Phase, Latencies>;
  readonly others: Record<Phase, Latencies>;
  /** Between members that hand over. */
  readonly timeline = new Timeline();
  delivered = 0;
  /** Turns at which all senders that were looked at waited for an answer. */
  skipped = 0;
  phase: Phase = "idle";
  #isWatched = false;
  readonly #shape: LoadShape;
  #next = 0;
  #timer: Timer | null = null;

  constructor(shape: LoadShape) {
    this.#shape = shape;
    this.handedOver = newLatencies();
    this.others = newLatencies();
    this.books = Array.from({ length: roomsOf(shape) }, () => new LogBook());
    const own = Array.from({ length: shape.sockets }, (_, client) => client).filter(
      (client) => client % shape.processes === shape.process,
    );
    this.clients = own.map((client) => this.#client(client));
  }

  async open(): Promise<void> {
    const opening: Promise<void>[] = [];
    const perSecond = this.#shape.openedPerSecond / this.#shape.processes;
    for (const client of this.clients) {
      opening.push(client.open());
      await Bun.sleep(1000 / perSecond);
    }
    await Promise.all(opening);
  }

  /** From now on nobody comes or goes but by a deploy. */
  watch(): void {
    this.#isWatched = true;
  }

  /** So many messages per second, one sender after the other. */
  send(perSecond: number): void {
    const startedAt = performance.now();
    let sent = 0;
    let turnedAt = startedAt;
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.timeline.turned(machineTime(), now - turnedAt - turnMs);
      turnedAt = now;
      const due = Math.floor(((now - startedAt) / 1000) * perSecond);
      for (; sent < due; sent += 1) this.#sendOne();
    }, turnMs);
  }

  rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  close(): void {
    for (const client of this.clients) client.close();
  }

  #client(client: number): MemberClient {
    const shape = this.#shape;
    const live = new LiveTime(() => this.#isWatched);
    const room = Math.floor(client / shape.membersPerRoom);
    const member = new Member(shape, client, live, this.books[room] as LogBook, {
      tally: this.tally,
      isWatched: () => this.#isWatched,
      delivered: (place, kind, ms) => this.#delivered(place, kind, ms),
    });
    const token = loadToken(shape.jwtSecret, { sub: sessionOf(shape, client) });
    return member.kind === "plain"
      ? new PlainClient(member, shape.url, token)
      : new SdkClient(member, shape.url, token);
  }

  #delivered(senderPlace: number, receiver: Kind, ms: number): void {
    this.delivered += 1;
    const isSteady = receiver === "handover" && kindAt(senderPlace) === "handover";
    (isSteady ? this.handedOver : this.others)[this.phase].add(ms);
    if (isSteady) this.timeline.delivered(machineTime(), ms);
  }

  #sendOne(): void {
    for (let look = 0; look < looksMax; look += 1) {
      const client = this.clients[this.#next++ % this.clients.length] as MemberClient;
      if (client.member.isIdle) return client.send();
    }
    this.skipped += 1;
  }
}

const newLatencies = (): Record<Phase, Latencies> => ({
  idle: new Latencies(),
  steady: new Latencies(),
  deploying: new Latencies(),
});
