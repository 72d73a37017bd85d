import type { WebSocketClass } from "../../client/options.ts";
import type { LiveTime } from "./live-time.ts";

/** WebSockets of one client, which says where it comes from, and counts as without a socket from the moment it lets go. */
export function loadSocket(address: string, live: LiveTime): WebSocketClass {
  return class extends WebSocket {
    #isOpen = false;

    constructor(url: string, protocols: string[]) {
      super(url, { protocols, headers: { "x-forwarded-for": address } } as never);
      this.addEventListener("open", () => {
        this.#isOpen = true;
        live.opened();
      });
      this.addEventListener("close", () => this.#left());
    }

    override close(code?: number, reason?: string): void {
      this.#left();
      super.close(code, reason);
    }

    #left(): void {
      if (this.#isOpen) live.closed();
      this.#isOpen = false;
    }
  };
}
