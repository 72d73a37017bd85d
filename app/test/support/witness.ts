import { RawPeer } from "./raw-peer.ts";
import { type Frame, takeApart } from "./recording-sockets.ts";

const room = "room:witness";
const intervalMs = 20;
/** Less than a connection's commands that may wait: a test that stalls for itself would else be refused. */
const unseenMax = 20;

export interface Testimony {
  readonly sent: number;
  /** Each seq that was not the next one. */
  readonly disorder: readonly string[];
  readonly slowestMs: number;
}

/** Two well-behaved clients that talk to each other all the time, and notice when a third disturbs them. */
export class Witness {
  readonly #peers: RawPeer[] = [];
  /** The last seq that each has seen. */
  readonly #seen: number[] = [];
  readonly #sentAt: number[] = [];
  readonly #disorder: string[] = [];
  #timer: ReturnType<typeof setInterval> | null = null;
  #slowestMs = 0;

  static async start(url: string): Promise<Witness> {
    const witness = new Witness();
    await witness.#join(url, 0);
    await witness.#join(url, 1);
    witness.#timer = setInterval(() => witness.#speak(), intervalMs);
    return witness;
  }

  /** Waits until both have seen everything that was said. */
  async end(): Promise<Testimony> {
    clearInterval(this.#timer ?? undefined);
    const sent = this.#sentAt.length;
    for (const peer of this.#peers)
      await peer.until("the witnesses' last word", () => this.#seen.every((seq) => seq === sent));
    for (const peer of this.#peers) peer.vanish();
    return { sent, disorder: this.#disorder, slowestMs: this.#slowestMs };
  }

  async #join(url: string, side: number): Promise<void> {
    this.#seen[side] = 0;
    const peer = await RawPeer.open(url, { onText: (text) => this.#hear(side, text) });
    peer.send({ type: "join", id: "join", payload: { rooms: [{ room }] } });
    await peer.answer("join");
    this.#peers.push(peer);
  }

  /** In turns. Its number is also its seq, since nobody else speaks here. */
  #speak(): void {
    if (this.#sentAt.length - Math.min(...this.#seen) >= unseenMax) return;
    const number = this.#sentAt.push(performance.now());
    const payload = { room, content: `word ${number}` };
    this.#peers[number % 2]?.send({ type: "send_message", id: `word-${number}`, payload });
  }

  #hear(side: number, text: string): void {
    if (!text.startsWith("{")) return;
    for (const frame of takeApart(JSON.parse(text) as Frame)) if (isWord(frame)) this.#note(side, frame);
  }

  #note(side: number, { payload }: Frame): void {
    const seq = Number(payload.seq);
    const before = this.#seen[side] ?? 0;
    if (seq !== before + 1) this.#disorder.push(`${seq} after ${before}`);
    this.#seen[side] = seq;
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - (this.#sentAt[seq - 1] ?? 0));
  }
}

/** The other's words come as events; the ack of its own stands in their place. */
const isWord = ({ type, id }: Frame): boolean =>
  type === "chat_message" || (type === "message_response" && id?.startsWith("word-") === true);
