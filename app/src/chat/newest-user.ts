import type { Connection } from "./connection.ts";
import type { User } from "./identity.ts";

/** How a user with several devices is shown: as the newest of their tokens says. */
export function newestUser(connections: readonly Connection[], otherwise: User): User {
  let newest: Connection | undefined;
  for (const connection of connections)
    if (newest === undefined || connection.identity.issuedAt >= newest.identity.issuedAt) newest = connection;
  return newest?.identity.user ?? otherwise;
}
