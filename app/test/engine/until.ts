/** Waits for a condition, at most 5 s. */
export async function until(isMet: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!(await isMet())) {
    if (performance.now() > deadline) throw new Error(`not within 5 s: ${what}`);
    await Bun.sleep(1);
  }
}
