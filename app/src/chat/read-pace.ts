import type { Command } from "../protocol/commands.ts";

interface Paced {
  /** Called when reads may begin again. */
  pump(): void;
}

/** How many reads of one connection begin in one turn of the event loop: everybody else waits for them. */
const readsPerTurn = 4;

/** A join reads each of its rooms; so many count as one read. */
const roomsPerRead = 25;

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

  begin(command: Command): void {
    if (this.#begun === 0) setImmediate(() => this.#turn());
    this.#begun += command.type === "join" ? Math.ceil(command.payload.rooms.length / roomsPerRead) : 1;
  }

  /** Begins one as soon as it may. */
  async beginInTurn(command: Command): Promise<void> {
    while (!this.mayBegin) await new Promise((resolve) => setImmediate(resolve));
    this.begin(command);
  }

  #turn(): void {
    this.#begun = 0;
    this.#owner.pump();
  }
}
