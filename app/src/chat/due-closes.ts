import type { Connection } from "./connection.ts";

interface DueClose {
  readonly connection: Connection;
  readonly dueAt: number;
}

/** Who was told to leave. Nobody is closed before who was told earlier: to stay longer than was said harms nobody. */
export class DueCloses {
  #entries: DueClose[] = [];
  #passed = 0;

  add(connection: Connection, dueAt: number): void {
    this.#entries.push({ connection, dueAt });
  }

  /** Closes everybody whose time is over and who has not left by then. */
  closeUntil(time: number): void {
    for (let next = this.#entries[this.#passed]; next !== undefined && next.dueAt <= time; ) {
      this.#passed += 1;
      next.connection.finish("restart");
      next = this.#entries[this.#passed];
    }
    if (this.#passed * 2 > this.#entries.length) this.#forgetPassed();
  }

  /** Those whose time has not ended, also who has left already. */
  *pending(): Generator<Connection> {
    for (let place = this.#passed; place < this.#entries.length; place += 1) {
      const entry = this.#entries[place];
      if (entry !== undefined) yield entry.connection;
    }
  }

  /** Only when they are most of the entries, so that each is moved once on the average. */
  #forgetPassed(): void {
    this.#entries = this.#entries.slice(this.#passed);
    this.#passed = 0;
  }
}
