import { type Client, type ClientOptions, createClient, HoldlineError, type Room } from "../client/index.ts";
import { ConnectionGaps } from "./connection-gaps.ts";
import type { Latencies } from "./latencies.ts";
import { NumberedMessages } from "./numbered-messages.ts";
import { intervalMs, underWayLimit } from "./pace.ts";

export interface ProbeReport {
  /** From sent until the other has it, in ms. */
  readonly latencies: Latencies;
  moved(client: number, color: string): void;
  /** Something that the verdict does not say. */
  note(client: number, error: HoldlineError): void;
  gaveUp(): void;
}

interface Sent {
  readonly at: number;
  /** Null until it is stored. */
  messageId: string | null;
}

/** One that was stored so long ago and has not arrived is lost, but makes room for others. */
const awaitedMaxMs = 60_000;

/** One of the pair: sends numbered messages at its pace, and deletes each when the other has it. */
export class ProbeClient {
  readonly client: Client;
  readonly gaps: ConnectionGaps;
  readonly outgoing = new NumberedMessages();
  /** People who were said to come or go. */
  presenceEvents = 0;
  other: ProbeClient | null = null;
  readonly #number: number;
  readonly #room: Room;
  readonly #mark: string;
  readonly #report: ProbeReport;
  /** By number, until they are deleted. */
  readonly #underWay = new Map<number, Sent>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;
  #isClearing = false;

  /** `mark`: what its messages begin with, known to nobody else. */
  constructor(number: number, options: ClientOptions, room: string, mark: string, report: ProbeReport) {
    this.#number = number;
    this.#mark = `${mark}.${number} `;
    this.#report = report;
    this.client = createClient(options);
    this.gaps = new ConnectionGaps(this.client, (color) => report.moved(number, color));
    this.#room = this.client.room(room);
    this.#room.on("message", ({ content, isOwn }) => !isOwn && this.other?.arrived(content));
    this.#room.on("reset", ({ messages }) => {
      for (const { content } of messages) this.other?.arrivedAgain(content);
    });
    this.client.on("gaveUp", (error) => this.#gaveUp(error));
  }

  async join(): Promise<void> {
    await this.#room.join();
  }

  /** How many are in the room; from then on comings and goings are told. */
  async people(): Promise<number> {
    return (await this.#room.presence()).total;
  }

  watchPeople(): void {
    for (const type of ["userJoined", "userLeft"] as const)
      this.#room.on(type, () => {
        this.presenceEvents += 1;
      });
  }

  /** Sends until it is stopped. It has joined. */
  start(): void {
    const limits = this.client.greeting?.limits;
    if (this.#isStopped || limits === undefined) return;
    if (this.#underWay.size < underWayLimit(limits)) this.#send();
    this.#timer = setTimeout(() => this.start(), intervalMs(limits));
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Everything that was sent is stored, has arrived and is deleted again. */
  get isSettled(): boolean {
    return this.#underWay.size === 0;
  }

  /** What has not arrived goes as well, and what is stored only now. */
  removeRest(): void {
    this.#isClearing = true;
    for (const [number, { messageId }] of this.#underWay)
      if (messageId !== null && !this.outgoing.has(number)) this.#remove(number, messageId);
  }

  /** The other has a message with this text. */
  arrived(content: string): void {
    const number = this.#numberOf(content);
    if (number === null || !this.outgoing.receive(number)) return;
    const sent = this.#underWay.get(number);
    if (sent === undefined) return;
    this.#report.latencies.add(performance.now() - sent.at);
    if (sent.messageId !== null) this.#remove(number, sent.messageId);
  }

  /** The other was told what there is in place of what it missed: what it had before is no second copy. */
  arrivedAgain(content: string): void {
    const number = this.#numberOf(content);
    if (number !== null && !this.outgoing.has(number)) this.arrived(content);
  }

  #send(): void {
    const number = this.outgoing.send();
    const sent: Sent = { at: performance.now(), messageId: null };
    this.#underWay.set(number, sent);
    this.#room.send(this.#mark + number).then(
      ({ messageId }) => this.#stored(number, sent, messageId),
      (error) => this.#failed(number, error),
    );
  }

  #stored(number: number, sent: Sent, messageId: string): void {
    sent.messageId = messageId;
    if (this.outgoing.has(number) || this.#isClearing) this.#remove(number, messageId);
    else setTimeout(() => this.#giveUpOn(number, messageId), awaitedMaxMs).unref();
  }

  #giveUpOn(number: number, messageId: string): void {
    if (this.#underWay.has(number) && !this.outgoing.has(number)) this.#remove(number, messageId);
  }

  #remove(number: number, messageId: string): void {
    this.#room.remove(messageId).then(
      () => this.#underWay.delete(number),
      (error) => this.#failed(number, error),
    );
  }

  #failed(number: number, error: unknown): void {
    if (!(error instanceof HoldlineError)) throw error;
    this.#underWay.delete(number);
    if (error.code !== "closed") this.#report.note(this.#number, error);
  }

  #gaveUp(error: HoldlineError): void {
    this.stop();
    this.#report.note(this.#number, error);
    this.#report.gaveUp();
  }

  #numberOf(content: string): number | null {
    const digits = content.startsWith(this.#mark) ? content.slice(this.#mark.length) : "";
    return /^[1-9]\d{0,9}$/.test(digits) ? Number(digits) : null;
  }
}
