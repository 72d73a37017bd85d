export type Argument = string | number;
export type Command = readonly [name: string, ...Argument[]];
/** A function says what is asked once its turn has come; the same, should it be asked again. */
export type Question = Command | (() => Command);

export interface Call {
  question: Question;
  /** What may not be overtaken: calls about the same take effect in the order in which they were made. */
  readonly about: string;
  /** As far as it was said before its turn: the rest has a bound elsewhere. */
  readonly textUnits: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  isRepeated: boolean;
}

export interface QueueBounds {
  readonly calls: number;
  /** UTF-16 units of all arguments. */
  readonly textUnits: number;
}

/** Of calls that are sent together: enough to keep Redis busy, and little enough to be answered in good time. */
const batchMax: QueueBounds = { calls: 512, textUnits: 256 * 1024 };
/** Of those of them that are urgent, which leaves the others their share however many there are. */
const urgentMax: QueueBounds = { calls: 256, textUnits: 128 * 1024 };

/** Calls that wait for their turn. Urgent ones do not wait for the others; among each their order holds. */
export class RedisCallQueue {
  readonly #bounds: QueueBounds;
  readonly #urgent: Call[] = [];
  readonly #others: Call[] = [];
  #textUnits = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  get #calls(): number {
    return this.#urgent.length + this.#others.length;
  }

  get isEmpty(): boolean {
    return this.#calls === 0;
  }

  get isFull(): boolean {
    const { calls, textUnits } = this.#bounds;
    return this.#calls >= calls || this.#textUnits >= textUnits;
  }

  add(call: Call, isUrgent: boolean): void {
    this.#textUnits += call.textUnits;
    (isUrgent ? this.#urgent : this.#others).push(call);
  }

  /** The oldest, within the bounds of a batch: at least one. */
  take(): Call[] {
    const urgent = this.#takeFrom(this.#urgent, urgentMax);
    return [...urgent, ...this.#takeFrom(this.#others, batchMax)];
  }

  takeAll(): Call[] {
    this.#textUnits = 0;
    return [...this.#urgent.splice(0), ...this.#others.splice(0)];
  }

  #takeFrom(waiting: Call[], max: QueueBounds): Call[] {
    let [calls, textUnits] = [0, 0];
    for (const call of waiting) {
      if (calls >= max.calls || textUnits >= max.textUnits) break;
      calls += 1;
      textUnits += unitsOf(commandOf(call));
      this.#textUnits -= call.textUnits;
    }
    return waiting.splice(0, calls);
  }
}

export function commandOf(call: Call): Command {
  if (typeof call.question === "function") call.question = call.question();
  return call.question;
}

export function unitsOf(command: Command): number {
  let units = 0;
  for (const arg of command) units += typeof arg === "string" ? arg.length : 0;
  return units;
}
