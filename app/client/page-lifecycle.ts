interface Resumable {
  /** The network may have changed, or the page was asleep. */
  hurry(): void;
  pause(): void;
  start(): void;
}

/** Follows what browsers do to pages: offline and online, hidden and shown, put aside and brought back. */
export function followPage(session: Resumable): () => void {
  const { document } = globalThis;
  if (document === undefined) return () => {};
  const isPutAside = (event: Event) => (event as PageTransitionEvent).persisted;
  const listeners: readonly [EventTarget, string, (event: Event) => void][] = [
    [globalThis, "online", () => session.hurry()],
    [document, "visibilitychange", () => document.hidden || session.hurry()],
    [document, "resume", () => session.hurry()],
    // A page with an open socket is not kept for going back to.
    [globalThis, "pagehide", (event) => isPutAside(event) && session.pause()],
    [globalThis, "pageshow", (event) => isPutAside(event) && session.start()],
  ];
  for (const [target, type, listener] of listeners) target.addEventListener(type, listener);
  return () => {
    for (const [target, type, listener] of listeners) target.removeEventListener(type, listener);
  };
}
