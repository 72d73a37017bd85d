interface Patience {
  readonly withinMs?: number | undefined;
  /** Says, if it is not met in time, how far things got. */
  readonly describe?: () => string;
}

const deadlineMs = 10_000;

/** Resolves once it is met. */
export async function eventually(
  what: string,
  isMet: () => boolean | Promise<boolean>,
  { withinMs = deadlineMs, describe = () => "" }: Patience = {},
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isMet())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come in time ${describe()}`);
    await Bun.sleep(1);
  }
}
