interface Metric {
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

/** As k6's `handleSummary` gets it. */
export interface LoadSummary {
  readonly metrics: Readonly<Record<string, Metric>>;
}

/** k6's: thresholds were missed. */
const exitMissed = 99;
/** Of all sessions: k6 ends those that do not end themselves, and forgets them. */
const cutShareMax = 0.05;

/** What a scenario did not keep; nothing: it passed. Without a summary k6 itself failed. */
export function brokenGoals(exitCode: number, summary: LoadSummary | null): string[] {
  if (summary === null) return [`k6 ended with ${exitCode} and without a summary`];
  const missed = Object.entries(summary.metrics).flatMap(([name, { thresholds = {} }]) =>
    Object.entries(thresholds)
      .filter(([, { ok }]) => !ok)
      .map(([goal]) => `${name}: ${goal}`),
  );
  if (exitCode !== 0 && exitCode !== exitMissed) missed.push(`k6 ended with ${exitCode}`);
  return [...missed, ...cutSessions(summary)];
}

function cutSessions({ metrics }: LoadSummary): string[] {
  const begun = metrics.sessions?.values.count ?? 0;
  const { passes = 0, fails = 0 } = metrics.success?.values ?? {};
  const cut = begun - passes - fails;
  return cut > begun * cutShareMax ? [`${cut} of ${begun} sessions never came to an end`] : [];
}
