import type { StoredEvent } from "./engine.ts";

/** Those whom somebody may not want to see in it. */
export function authorsOf({ authorId, messageAuthorId }: StoredEvent): readonly string[] {
  return messageAuthorId === null || messageAuthorId === authorId ? [authorId] : [authorId, messageAuthorId];
}
