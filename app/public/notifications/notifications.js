/** @typedef {{ id: string, seq: number, payload: unknown, createdAt: number, from: "me" | "all" }} Notification */

const shownMax = 200;

/** What the server's applications told this user or everybody, the newest first. */
export class Notifications {
  /** @type {Notification[]} */
  items = [];
  unread = 0;

  /** @param {import("../../client/index.ts").Client} client @param {{ changed(): void, told(notification: Notification): void }} owner */
  constructor({ notifications }, owner) {
    notifications.on("notification", (notification) => {
      this.#show([notification, ...this.items]);
      this.unread += 1;
      owner.told(notification);
      owner.changed();
    });
    notifications.on("reset", (reset) => {
      const others = this.items.filter(({ from }) => from !== reset.from);
      this.#show([...reset.notifications.map((each) => ({ ...each, from: reset.from })), ...others]);
      owner.changed();
    });
    notifications.join().catch(() => {});
  }

  #show(items) {
    this.items = items.sort((one, other) => other.createdAt - one.createdAt).slice(0, shownMax);
  }
}
