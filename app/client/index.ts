import { Client } from "./client.ts";
import type { ClientOptions } from "./options.ts";
import { settle } from "./settings.ts";

export type { Client, ClientEvents, Counters } from "./client.ts";
export { HoldlineError } from "./errors.ts";
export type { NotificationEvents, Notifications } from "./notifications.ts";
export type { ClientOptions } from "./options.ts";
export type { Room, SendOptions } from "./room.ts";
export type { RoomEvents } from "./room-events.ts";
export type { State } from "./session.ts";
export type * from "./wire.ts";

/** A client that connects at once and stays connected until `close`. Throws TypeError for options that make no sense. */
export const createClient = (options: ClientOptions = {}): Client => new Client(settle(options));
