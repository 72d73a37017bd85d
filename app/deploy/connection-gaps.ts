import type { Client } from "../client/index.ts";

/** How long a client was without a live socket, and which server it was on. Times are ms of `performance.now`. */
export class ConnectionGaps {
  readonly #client: Client;
  #since: number | null = null;
  #longestMs = 0;
  #instance: string | null = null;

  /** `moved`: it is on another server than before. */
  constructor(client: Client, moved: (color: string) => void) {
    this.#client = client;
    client.on("state", ({ state }) => this.#changed(state === "connected"));
    client.on("connected", ({ instance, color }) => {
      if (this.#instance !== null && this.#instance !== instance) moved(color);
      this.#instance = instance;
    });
  }

  /** One that is not over yet counts as long as it has lasted. */
  get longestMs(): number {
    return Math.round(Math.max(this.#longestMs, this.#since === null ? 0 : performance.now() - this.#since));
  }

  #changed(isConnected: boolean): void {
    if (isConnected && this.#since !== null) this.#longestMs = this.longestMs;
    if (isConnected) this.#since = null;
    else if (this.#client.greeting !== null) this.#since ??= performance.now();
  }
}
