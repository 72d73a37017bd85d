import { isGroup } from "./admissions.ts";
import type { Connection } from "./connection.ts";
import { expel } from "./expel.ts";
import type { Hub } from "./hub.ts";

/** How many reads of one recheck are under way at a time. */
const readsMax = 50;

const retryMs = 1000;

/** Asks the engine again for everything that was missed changes may have made untrue. One run at a time. */
export class Recheck {
  readonly #hub: Hub;
  #isRunning = false;
  #isStale = false;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  request(): void {
    this.#isStale = true;
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#hub.context;
    this.#isRunning = true;
    try {
      while (this.#isStale) await this.#check();
    } catch (error) {
      log.warn("task.failed", { stage: "control.recheck", error });
      clock.after(retryMs, () => this.request());
    } finally {
      this.#isRunning = false;
    }
  }

  async #check(): Promise<void> {
    this.#isStale = false;
    const { blocks } = this.#hub;
    await inSlices(subscriptionsIn(this.#hub), (subscription) => this.#checkOne(subscription));
    await inSlices(blocks.users(), (userId) => blocks.reload(userId));
  }

  async #checkOne({ connection, room }: Subscription): Promise<void> {
    const { access, admissions } = this.#hub;
    if ((await access.refuseRead(connection.identity, room)) !== null)
      expel(this.#hub, connection, room, "removed");
    for (const admission of admissions.of(connection.identity.user.id))
      if ((await access.refuseRead(admission.identity, room)) !== null) admission.revoke(room, "removed");
  }
}

interface Subscription {
  readonly connection: Connection;
  readonly room: string;
}

/** Every group that somebody here reads, or is about to. */
function subscriptionsIn({ feeds, admissions }: Hub): Subscription[] {
  const groups = [...feeds.all()].filter(({ room }) => isGroup(room));
  const joined = groups.flatMap(({ room, members }) =>
    Array.from(members, (connection) => ({ connection, room })),
  );
  const admitted = admissions
    .all()
    .flatMap(({ connection, rooms }) => Array.from(rooms, (room) => ({ connection, room })));
  return [...joined, ...admitted];
}

async function inSlices<T>(items: readonly T[], check: (item: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += readsMax)
    await Promise.all(items.slice(start, start + readsMax).map(check));
}
