import type { Connection } from "./connection.ts";

const nobody: readonly Connection[] = [];

/** The users who are connected to this instance, each with their open connections, oldest first. */
export class People {
  readonly #byId = new Map<string, Connection[]>();

  get count(): number {
    return this.#byId.size;
  }

  connectionsOf(userId: string): readonly Connection[] {
    return this.#byId.get(userId) ?? nobody;
  }

  /** Sessions with a live socket: a handover's two sockets are one. */
  sessionCountOf(userId: string): number {
    const connections = this.connectionsOf(userId);
    return connections.length < 2 ? connections.length : new Set(connections.map(sessionOf)).size;
  }

  attach(connection: Connection): void {
    const connections = this.#byId.get(connection.identity.user.id);
    if (connections === undefined) this.#byId.set(connection.identity.user.id, [connection]);
    else connections.push(connection);
  }

  /** True: it was the user's last one here. */
  detach(connection: Connection): boolean {
    const userId = connection.identity.user.id;
    const connections = this.#byId.get(userId);
    const index = connections?.indexOf(connection) ?? -1;
    if (connections === undefined || index < 0) return false;
    connections.splice(index, 1);
    if (connections.length > 0) return false;
    this.#byId.delete(userId);
    return true;
  }
}

const sessionOf = ({ session }: Connection) => session;
