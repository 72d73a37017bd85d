import { createClient } from "../client.js";

/**
 * @typedef {import("../../client/index.ts").Client} Client
 * @typedef {{ url: string, connectionId: string, token: string }} Target
 * @typedef {{ opened(client: Client): void }} Owner
 */

/** The page's client, which is another one wherever it is to connect as somebody else or elsewhere. */
export class Link {
  /** @type {Client | null} */
  client = null;
  #owner;
  /** @type {Target | null} */
  #target = null;
  /** @type {Set<WebSocket>} */
  #sockets = new Set();

  /** @param {Owner} owner */
  constructor(owner) {
    this.#owner = owner;
  }

  /** @param {Target} target Throws TypeError for what can be no target. */
  open(target) {
    if (this.client !== null && this.#isSame(target)) return this.client.connect();
    const { url, connectionId, token } = target;
    const identity = token === "" ? {} : { token };
    const client = createClient({ url, connectionId, ...identity, WebSocket: this.#socketClass() });
    this.client?.close();
    this.client = client;
    this.#target = target;
    this.#owner.opened(client);
  }

  /** What must not be seen. */
  get token() {
    return this.#target?.token ?? "";
  }

  close() {
    this.client?.close();
  }

  /** As a network would that fails: the client comes back by itself. */
  drop() {
    for (const socket of this.#sockets) socket.close();
  }

  /** A client that was told to take another id has done so by itself. */
  #isSame({ url, connectionId, token }) {
    return (
      url === this.#target?.url && token === this.#target.token && connectionId === this.client?.connectionId
    );
  }

  #socketClass() {
    const sockets = this.#sockets;
    return class extends WebSocket {
      /** @param {string} url @param {string[]} protocols */
      constructor(url, protocols) {
        super(url, protocols);
        sockets.add(this);
        this.addEventListener("close", () => sockets.delete(this));
      }
    };
  }
}
