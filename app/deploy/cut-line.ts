import type { WebSocketClass } from "../client/options.ts";

/** Bun's closes without a word to the server. */
type BunSocket = WebSocket & { terminate(): void };

/** The line of one client, which can be cut; until it is mended no socket can be opened. */
export class CutLine {
  readonly #open = new Set<BunSocket>();
  #isCut = false;

  /** For the SDK. */
  get WebSocket(): WebSocketClass {
    const [isCut, open] = [() => this.#isCut, this.#open];
    return class extends globalThis.WebSocket {
      constructor(url: string, protocols: string[]) {
        if (isCut()) throw new Error("The line is cut.");
        super(url, protocols);
        open.add(this as unknown as BunSocket);
      }
    } as WebSocketClass;
  }

  /** As if the network went away. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#open) socket.terminate();
    this.#open.clear();
  }

  mend(): void {
    this.#isCut = false;
  }
}
