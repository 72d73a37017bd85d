import type { Connection } from "./connection.ts";

export const noSockets: readonly Connection[] = [];

/** What a `connectionId` names. It outlives its sockets by 60 s. */
export class Session {
  readonly id: string;
  /** Whose it is; all else that is known of them is a socket's, and goes with it. */
  readonly userId: string;
  /** Live sockets on this instance, oldest first; at most 2. */
  sockets: readonly Connection[] = noSockets;
  /** How many `message` and `send_message` commands were taken, on whatever instance as far as this one has heard. */
  messageCount = 0;
  /** How many of these the other instances know of. */
  toldCount = 0;
  /** Of its newest socket here, as in `SessionVerdict`. */
  generation = 0;
  /** Its newest socket is on another instance: those here are left over from a handover, and count for nothing. */
  isElsewhere = false;

  constructor(id: string, userId: string) {
    this.id = id;
    this.userId = userId;
  }

  get isLive(): boolean {
    return this.sockets.length > 0;
  }

  /** Where its newest socket came from; null is exempt from limits by address. */
  get address(): string | null {
    return this.sockets.at(-1)?.address ?? null;
  }

  /** The rooms that any of its sockets has joined, or is about to by the batch under way. */
  joinedRooms(): string[] {
    const rooms = new Set<string>();
    for (const socket of this.sockets) {
      for (const feed of socket.rooms) rooms.add(feed.room);
      for (const room of socket.joining) rooms.add(room);
    }
    return [...rooms];
  }
}
