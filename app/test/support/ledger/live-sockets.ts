import type { WebSocketClass } from "../../../client/options.ts";

/** WebSockets that note how often a session was left without an open one. */
export class LiveSockets {
  /** Sessions that once had no open socket after they had one. */
  readonly interrupted = new Set<string>();
  readonly #open = new Map<string, number>();
  readonly WebSocket: WebSocketClass;

  constructor() {
    const changed = (session: string, change: number) => this.#changed(session, change);
    this.WebSocket = class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        const session = url.slice(url.lastIndexOf("/") + 1);
        let isOpen = false;
        this.addEventListener("open", () => {
          isOpen = true;
          changed(session, 1);
        });
        this.addEventListener("close", () => {
          if (isOpen) changed(session, -1);
        });
      }
    };
  }

  #changed(session: string, change: number): void {
    const count = (this.#open.get(session) ?? 0) + change;
    this.#open.set(session, count);
    if (count === 0) this.interrupted.add(session);
  }
}
