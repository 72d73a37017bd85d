import type { Connection } from "./connection.ts";

const nobody: readonly Connection[] = [];

/** The users who are connected to this instance, each with their open connections, oldest first. */
export class People {
  /** Most users have one connection, which stands for itself: an array each would cost more than all the rest. */
  readonly #byId = new Map<string, Connection | Connection[]>();

  get count(): number {
    return this.#byId.size;
  }

  connectionsOf(userId: string): readonly Connection[] {
    const known = this.#byId.get(userId);
    if (known === undefined) return nobody;
    return Array.isArray(known) ? known : [known];
  }

  /** Sessions whose newest socket is here: a handover's two sockets are one, on whatever instances they are. */
  sessionCountOf(userId: string): number {
    return countSessions(this.connectionsOf(userId));
  }

  attach(connection: Connection): void {
    const userId = connection.identity.user.id;
    const known = this.#byId.get(userId);
    if (known === undefined) this.#byId.set(userId, connection);
    else if (Array.isArray(known)) known.push(connection);
    else this.#byId.set(userId, [known, connection]);
  }

  /** True: it was the user's last one here. */
  detach(connection: Connection): boolean {
    const userId = connection.identity.user.id;
    const known = this.#byId.get(userId);
    if (known === connection) return this.#byId.delete(userId);
    if (!Array.isArray(known)) return false;
    const left = known.filter((other) => other !== connection);
    if (left[0] === undefined) return this.#byId.delete(userId);
    this.#byId.set(userId, left.length === 1 ? left[0] : left);
    return false;
  }
}

/** Of these connections: sessions whose newest socket is here. */
export function countSessions(connections: readonly Connection[]): number {
  const [first] = connections;
  if (connections.length < 2) return first === undefined || first.session.isElsewhere ? 0 : 1;
  return new Set(connections.filter(isHere).map(sessionOf)).size;
}

const isHere = ({ session }: Connection) => !session.isElsewhere;
const sessionOf = ({ session }: Connection) => session;
