import type { Command } from "../protocol/commands.ts";

interface Reader {
  /** Called when reads may begin again. */
  pump(): void;
}

/** How many reads of one connection begin in one turn of the event loop: everybody else waits for them. */
const readsPerTurn = 4;

/** A join reads each of its rooms; so many count as one read. */
const roomsPerRead = 25;

/** A connection that asks for a thousand reads at once gets them, but others are served in between. */
export class ReadPace {
  /** In this turn. Most connections read nothing, so that they keep no count of their own. */
  readonly #begun = new Map<Reader, number>();

  mayBegin(reader: Reader): boolean {
    return this.#begunBy(reader) < readsPerTurn;
  }

  begin(reader: Reader, command: Command): void {
    if (this.#begun.size === 0) setImmediate(() => this.#turn());
    const reads = command.type === "join" ? Math.ceil(command.payload.rooms.length / roomsPerRead) : 1;
    this.#begun.set(reader, this.#begunBy(reader) + reads);
  }

  /** Begins one as soon as it may. */
  async beginInTurn(reader: Reader, command: Command): Promise<void> {
    while (!this.mayBegin(reader)) await new Promise((resolve) => setImmediate(resolve));
    this.begin(reader, command);
  }

  #begunBy(reader: Reader): number {
    return this.#begun.get(reader) ?? 0;
  }

  #turn(): void {
    const readers = [...this.#begun.keys()];
    this.#begun.clear();
    for (const reader of readers) reader.pump();
  }
}
