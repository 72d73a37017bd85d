import { Emitter } from "./emitter.ts";
import type { Room } from "./room.ts";
import type { Notification } from "./wire.ts";

/** Where a notification came from: `me` for this user, `all` for everybody. */
export type NotificationSource = "me" | "all";

export interface NotificationEvents {
  notification: Notification & { readonly from: NotificationSource };
  /** Drop what you have from there: these are the newest. `new`: they were not joined before. */
  reset: {
    readonly from: NotificationSource;
    readonly reason: string;
    readonly notifications: readonly Notification[];
    readonly hasMore: boolean;
  };
}

/** The user's own notifications and those for everybody: ordered, each once, and what came meanwhile on the next join. */
export class Notifications extends Emitter<NotificationEvents> {
  readonly #rooms: readonly Room[];

  /** @internal */
  constructor(roomOf: (source: NotificationSource) => Room) {
    super();
    this.#rooms = (["me", "all"] as const).map((from) => {
      const room = roomOf(from);
      room.on("notification", (notification) => this.emit("notification", { ...notification, from }));
      room.on("reset", ({ reason, messages, hasMore }) => {
        const notifications = messages as readonly unknown[] as readonly Notification[];
        this.emit("reset", { from, reason, notifications, hasMore });
      });
      return room;
    });
  }

  /** Resolves when both are live. */
  async join(): Promise<void> {
    await Promise.all(this.#rooms.map((room) => room.join()));
  }

  leave(): void {
    for (const room of this.#rooms) room.leave();
  }
}
