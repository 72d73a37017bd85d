import type { StoredEvent } from "./engine.ts";
import { authorsOf } from "./event-authors.ts";

const nobody: ReadonlySet<string> = new Set();

/** Which local users may not see whom, in either direction of a block. */
export class Blocks {
  /** Whom this user may not see. Empty for who is not connected here, or was not asked for by `load`. */
  hiddenFrom(_userId: string): ReadonlySet<string> {
    return nobody;
  }

  /** Whether a viewer is not to see an event. What deletes is always shown: it holds no text, and takes some away. */
  hides(viewerId: string, event: StoredEvent): boolean {
    const hidden = this.hiddenFrom(viewerId);
    if (hidden.size === 0 || event.kind === "message_delete") return false;
    return authorsOf(event).some((userId) => hidden.has(userId));
  }

  /** The local users who may not see this one; undefined where there are none. */
  viewersWithout(_userId: string): ReadonlySet<string> | undefined {
    return undefined;
  }

  /** Whom this user may not see, from the engine where it is not known here. Rejects with EngineUnavailable. */
  async load(_userId: string): Promise<ReadonlySet<string>> {
    return nobody;
  }
}
