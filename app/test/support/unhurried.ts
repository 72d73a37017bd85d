const pauseMs = 200;

/** For what asks another process: asking all the time would take the machine from who is asked. */
export function unhurried(isMet: () => Promise<boolean>): () => Promise<boolean> {
  return async () => {
    if (await isMet()) return true;
    await Bun.sleep(pauseMs);
    return false;
  };
}
