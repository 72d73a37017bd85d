import type { ClientOptions } from "../client/index.ts";
import { Latencies } from "./latencies.ts";
import { ProbeClient, type ProbeReport } from "./probe-client.ts";

export interface Verdict {
  readonly messages: number;
  readonly lost: number;
  readonly doubled: number;
  readonly disordered: number;
  /** Under way for more than a second. */
  readonly late: number;
  readonly latencyP99Ms: number;
  /** The longest time that one of the two was without a live socket. */
  readonly longestGapMs: number;
  readonly handovers: number;
  readonly reconnects: number;
  /** How often one was said to have come or gone. */
  readonly left: number;
}

interface PairOptions {
  /** Of the two clients. */
  readonly clients: readonly [ClientOptions, ClientOptions];
  readonly room: string;
  readonly report: Omit<ProbeReport, "latencies">;
}

const lateMs = 1000;
const lookEveryMs = 20;
const arriveMaxMs = 10_000;
const removeMaxMs = 3000;

/** Two clients that send each other numbered messages, and what became of them. */
export class ProbePair {
  readonly #latencies = new Latencies();
  readonly #both: readonly [ProbeClient, ProbeClient];

  constructor({ clients: [first, second], room, report }: PairOptions) {
    const mark = `deploy-${crypto.randomUUID()}`;
    const full = { latencies: this.#latencies, ...report };
    const one = new ProbeClient(1, first, room, mark, full);
    const two = new ProbeClient(2, second, room, mark, full);
    one.other = two;
    two.other = one;
    this.#both = [one, two];
  }

  /** Resolves when each has seen the other's first message; rejects if the room may not be joined. */
  async begin(isWanted: () => boolean): Promise<boolean> {
    await Promise.all(this.#both.map((one) => one.join()));
    for (const one of this.#both) one.start();
    const isHeard = await until(isWanted, () => this.#both.every(({ outgoing }) => outgoing.received > 0));
    for (const one of this.#both)
      while (isWanted() && (await one.people()) < this.#both.length) await Bun.sleep(lookEveryMs * 10);
    for (const one of this.#both) one.watchPeople();
    return isHeard;
  }

  /** Waits for what is on its way, at most 10 s, and deletes what is left, in at most 3 s more. */
  async finish(): Promise<Verdict> {
    for (const one of this.#both) one.stop();
    const isSettled = () => this.#both.every((one) => one.isSettled);
    await until(before(arriveMaxMs), isSettled);
    for (const one of this.#both) one.removeRest();
    await until(before(removeMaxMs), isSettled);
    const verdict = this.#verdict();
    for (const { client } of this.#both) client.close();
    return verdict;
  }

  #verdict(): Verdict {
    const sum = (read: (one: ProbeClient) => number) => read(this.#both[0]) + read(this.#both[1]);
    return {
      messages: sum(({ outgoing }) => outgoing.sent),
      lost: sum(({ outgoing }) => outgoing.lost),
      doubled: sum(({ outgoing }) => outgoing.doubled),
      disordered: sum(({ outgoing }) => outgoing.disordered),
      late: this.#latencies.over(lateMs),
      latencyP99Ms: this.#latencies.quantile(0.99),
      longestGapMs: Math.max(...this.#both.map(({ gaps }) => gaps.longestMs)),
      handovers: sum(({ client }) => client.counters.handovers),
      reconnects: sum(({ client }) => client.counters.reconnects),
      left: sum(({ presenceEvents }) => presenceEvents),
    };
  }
}

function before(ms: number): () => boolean {
  const deadline = performance.now() + ms;
  return () => performance.now() < deadline;
}

/** False: it was no longer wanted before it was met. */
async function until(isWanted: () => boolean, isMet: () => boolean): Promise<boolean> {
  while (!isMet()) {
    if (!isWanted()) return false;
    await Bun.sleep(lookEveryMs);
  }
  return true;
}
