import type { Publish, PublishResult } from "../chat/engine.ts";
import type { ControlAuthor, ControlChange, ControlResult, controlRoom } from "../chat/engine-people.ts";

/** A change of the control state together with its entry in the control log. */
export interface ControlWrite {
  readonly room: typeof controlRoom;
  readonly change: ControlChange;
  readonly author: ControlAuthor;
  /** UUIDv7: names the entry; no message is called so. */
  readonly messageId: string;
}

/** What waits for one place in a commit. */
export type Write = Publish | ControlWrite;

export type WriteResult = PublishResult | ControlResult;

export const isControl = (write: Write): write is ControlWrite => "change" in write;

/** UTF-16 units of content and meta, by which queues are bounded. */
export function textUnitsOf(write: Write): number {
  if (isControl(write)) return 0;
  return (write.content?.length ?? 0) + (write.metaJson?.length ?? 0);
}

/** The entry's `rest`. */
export function restOf({ kind: _kind, ...fields }: ControlChange): string {
  return JSON.stringify(fields);
}
