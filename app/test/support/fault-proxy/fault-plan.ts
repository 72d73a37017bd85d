import { cutAfter, cutBefore, type Fault } from "./fault.ts";
import { moments } from "./moments.ts";
import type { Step } from "./proxy-step.ts";

export interface PlannedFault {
  readonly at: keyof typeof moments;
  readonly fault: Fault;
}

const amid: Fault = { kind: "cut", at: { bytes: 9 } };

/** Before each thing that passes, in its middle, and behind it. */
export const cutsEverywhere: readonly PlannedFault[] = (
  ["request", "accept", "greeting", "join", "joinAnswer", "message", "ack", "event"] as const
).flatMap((at) => [cutBefore, amid, cutAfter].map((fault) => ({ at, fault })));

/** Happens on a connection that is being opened, so that one has to be lost first. */
const opening: ReadonlySet<string> = new Set(["request", "accept", "greeting", "join", "joinAnswer"]);

/**
 * Has one planned fault after the other happen, each to whoever comes to its moment next, and plans one anew with each
 * so many acks.
 */
export class FaultPlan {
  /** How often each has happened, by its place in the plan. */
  readonly happened: number[];
  acks = 0;
  readonly #faults: readonly PlannedFault[];
  readonly #everyAcks: number;
  #due: number[] = [];
  #planned = 0;

  constructor(faults: readonly PlannedFault[], everyAcks: number) {
    this.#faults = faults;
    this.#everyAcks = everyAcks;
    this.happened = faults.map(() => 0);
  }

  /** The rule of a proxy. */
  decide(step: Step): Fault | null {
    const isTurn = moments.ack(step) && ++this.acks % this.#everyAcks === 0;
    if (isTurn && this.#plan()) return cutAfter;
    const due = this.#due.findIndex((index) => moments[this.#faultAt(index).at](step));
    if (due < 0) return null;
    const [index = 0] = this.#due.splice(due, 1);
    this.happened[index] = (this.happened[index] ?? 0) + 1;
    return this.#faultAt(index).fault;
  }

  /** True: for that to happen, this connection has to go. */
  #plan(): boolean {
    const index = this.#planned++ % this.#faults.length;
    this.#due.push(index);
    return opening.has(this.#faultAt(index).at);
  }

  #faultAt(index: number): PlannedFault {
    return this.#faults[index] as PlannedFault;
  }
}
