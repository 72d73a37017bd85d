interface Asked {
  readonly isRunning: boolean;
  /** Undefined: no answer in time. */
  ask(question: string, withinMs: number): Promise<unknown>;
}

const askEveryMs = 5000;
/** Together with the time between two questions it may take 20 to 25 s until a silence is believed. */
const missedMax = 4;

/**
 * Resolves with true when a process that runs has missed several questions in a row, as one does whose loop is stuck;
 * with false when it has ended. One late answer says nothing: parent and workers may have been frozen together, and go
 * on at the same moment with an old question still open.
 */
export async function fallsSilent(asked: Asked, everyMs = askEveryMs): Promise<boolean> {
  for (let missed = 0; missed < missedMax; ) {
    const [answer] = await Promise.all([asked.ask("health", everyMs), Bun.sleep(everyMs)]);
    if (!asked.isRunning) return false;
    missed = answer === undefined ? missed + 1 : 0;
  }
  return true;
}
