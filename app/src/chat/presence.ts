import type { Connection } from "./connection.ts";
import type { RoomFeed } from "./room-feed.ts";

/** Who is in which room, and who is told of it. */
export class Presence {
  /** Before the connection becomes a member. */
  entered(_feed: RoomFeed, _connection: Connection): void {}

  /** After it has ceased to be one. */
  left(_feed: RoomFeed, _connection: Connection): void {}
}
