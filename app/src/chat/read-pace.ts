interface Paced {
  /** Called when reads may begin again. */
  pump(): void;
}

/** How many reads of one connection begin in one turn of the event loop: everybody else waits for them. */
const readsPerTurn = 4;

/** A connection that asks for a thousand reads at once gets them, but others are served in between. */
export class ReadPace {
  readonly #owner: Paced;
  #begun = 0;

  constructor(owner: Paced) {
    this.#owner = owner;
  }

  get mayBegin(): boolean {
    return this.#begun < readsPerTurn;
  }

  begin(): void {
    this.#begun += 1;
    if (this.#begun === 1) setImmediate(() => this.#turn());
  }

  /** Begins one as soon as it may. */
  async beginInTurn(): Promise<void> {
    while (!this.mayBegin) await new Promise((resolve) => setImmediate(resolve));
    this.begin();
  }

  #turn(): void {
    this.#begun = 0;
    this.#owner.pump();
  }
}
