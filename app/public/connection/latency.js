import { whenVisible } from "../dom/when-visible.js";

const everyMs = 4000;

/** Asks every few seconds how far away the server is, while somebody looks. */
export class Latency {
  #getClient;
  #show;
  #isAsking = false;

  /** @param {() => import("../../client/index.ts").Client | null} getClient @param {(text: string) => void} show */
  constructor(getClient, show) {
    this.#getClient = getClient;
    this.#show = show;
    whenVisible(everyMs, () => void this.ask());
  }

  async ask() {
    const client = this.#getClient();
    if (client?.state !== "connected") return this.#show("–");
    if (this.#isAsking) return;
    this.#isAsking = true;
    const ms = await client.ping().catch(() => null);
    this.#isAsking = false;
    if (client === this.#getClient())
      this.#show(ms === null ? "–" : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`);
  }
}
