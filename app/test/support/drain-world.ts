import type { ChatLimits } from "../../src/chat/context.ts";
import { guestIdentity } from "../../src/chat/identity.ts";
import type { HandshakeRefusal } from "../../src/protocol/errors.ts";
import { ChatWorld, type Client } from "./chat-world.ts";

/** A hub with connections that say nothing and answer no ping, for drains that take minutes. */
export class DrainWorld extends ChatWorld {
  readonly clients: Client[] = [];

  constructor(limits: Partial<ChatLimits> = {}) {
    super({ heartbeatIntervalMs: 0, connectionTimeoutMs: 0, ...limits });
  }

  /** That many more connections. */
  crowd(count: number, address: string | null = null): Client[] {
    const clients = Array.from({ length: count }, () => this.connect(undefined, address));
    this.clients.push(...clients);
    return clients;
  }

  /** What a newcomer's handshake would be answered. */
  verdict(): HandshakeRefusal | null {
    const identity = guestIdentity({ id: "newcomer", name: "newcomer", image: null });
    return this.hub.verdict({ connectionId: "newcomer", identity, address: null });
  }

  /** How many were told to leave in each of the next seconds. */
  toldPerSecond(seconds: number, clients: readonly Client[] = this.clients): number[] {
    return Array.from({ length: seconds }, () => {
      const before = countTold(clients);
      this.clock.advance(1000);
      return countTold(clients) - before;
    });
  }
}

export function isTold({ socket }: Client): boolean {
  return socket.framesOf("goodbye").length > 0;
}

export function countTold(clients: readonly Client[]): number {
  return clients.filter(isTold).length;
}
