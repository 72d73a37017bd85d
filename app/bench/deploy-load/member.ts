import { Follower } from "./follower.ts";
import type { LiveTime } from "./live-time.ts";
import {
  addressOf,
  type Kind,
  kindAt,
  type LoadShape,
  placeOf,
  roomName,
  roomOf,
  sessionOf,
} from "./load-shape.ts";
import type { LogBook } from "./log-book.ts";
import { codeOf, contentOf, machineTime, placeIn, readContent } from "./message-code.ts";
import type { Tally } from "./tally.ts";

/** What a member tells its process. */
export interface MemberReports {
  readonly tally: Tally;
  /** Whether nobody comes or goes of his own. */
  readonly isWatched: () => boolean;
  delivered(senderPlace: number, receiver: Kind, ms: number): void;
}

/** One client's part in the ledger, whichever way it is connected. */
export class Member {
  readonly client: number;
  readonly room: number;
  readonly place: number;
  readonly kind: Kind;
  readonly roomName: string;
  readonly session: string;
  readonly address: string;
  readonly live: LiveTime;
  readonly log = new Follower();
  readonly mine = new Follower();
  readonly everybodys = new Follower();
  acked = 0;
  sent = 0;
  readonly #book: LogBook;
  readonly #reports: MemberReports;

  constructor(shape: LoadShape, client: number, live: LiveTime, book: LogBook, reports: MemberReports) {
    this.client = client;
    this.room = roomOf(shape, client);
    this.place = placeOf(shape, client);
    this.kind = kindAt(this.place);
    this.roomName = roomName(shape, this.room);
    this.session = sessionOf(shape, client);
    this.address = addressOf(client);
    this.live = live;
    this.#book = book;
    this.#reports = reports;
  }

  get isIdle(): boolean {
    return this.acked === this.sent;
  }

  /** The text of its next message. */
  nextContent(): string {
    this.sent += 1;
    return contentOf({ code: codeOf(this.place, this.sent), sentAt: machineTime() });
  }

  /** The message that was sent last is stored. */
  stored(seq: number): void {
    this.acked += 1;
    this.#book.note(seq, codeOf(this.place, this.acked));
  }

  message(seq: number, content: string): void {
    const { code, sentAt } = readContent(content);
    this.log.take(seq);
    this.#book.note(seq, code);
    this.#reports.delivered(placeIn(code), this.kind, machineTime() - sentAt);
  }

  presence(): void {
    if (this.#reports.isWatched()) this.#reports.tally.presence += 1;
  }

  refused(why: string): void {
    this.#reports.tally.refused += 1;
    console.error(`${this.session} (${this.kind}): ${why}`);
  }

  reset(where: string, reason: string): void {
    this.#reports.tally.resets += 1;
    console.error(`${this.session} (${this.kind}): ${where} was reset: ${reason}`);
  }
}

/** A member's connection. */
export interface MemberClient {
  readonly member: Member;
  /** Resolves when it follows its room and its notifications. */
  open(): Promise<void>;
  /** One message; another only after it is stored. */
  send(): void;
  close(): void;
}
