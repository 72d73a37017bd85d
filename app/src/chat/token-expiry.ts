import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { Identity } from "./identity.ts";

/** How long before a token expires its socket is told. */
const warnedMs = 30_000;

/**
 * Tells connections that their token expires soon, and closes those whose token has expired. All are looked at each
 * time: a look costs nanoseconds, a timer for each would cost memory and have to be moved at every refresh.
 */
export class TokenExpiry {
  readonly #clock: Clock;
  readonly #warnedOf = new WeakMap<Connection, Identity>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Called once a second. */
  sweep(connections: Iterable<Connection>): void {
    const now = this.#clock.now();
    for (const connection of connections) {
      const { expiresAt } = connection.identity;
      if (expiresAt === null || expiresAt - warnedMs > now) continue;
      if (expiresAt <= now) connection.close("token_expired");
      else this.#warn(connection);
    }
  }

  #warn(connection: Connection): void {
    if (this.#warnedOf.get(connection) === connection.identity) return;
    this.#warnedOf.set(connection, connection.identity);
    connection.sendError("token_expired", null);
  }
}
