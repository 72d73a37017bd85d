// k6's summary as a table for people, and whole for programs. Imports nothing: it also runs outside k6.

/**
 * @typedef {{ readonly values: Readonly<Record<string, number>>, readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>> }} Metric
 * @typedef {{ readonly metrics: Readonly<Record<string, Metric>> }} Summary
 */

/** @type {ReadonlyArray<readonly [metric: string, title: string, read: (values: Readonly<Record<string, number>>) => string]>} */
const rows = [
  ["vus_max", "virtual users", ({ max = 0 }) => whole(max)],
  ["connect_time", "connected, with greeting", times],
  ["message_latency", "message until others have it", times],
  ["ack_latency", "message until it is acked", times],
  ["success", "sessions without a flaw", share],
  ["errors", "refused, cut or unanswered", share],
  ["sessions", "sessions begun", count],
  ["acked", "messages stored and acked", count],
  ["message_latency", "messages delivered", count],
  ["lost", "lost", count],
  ["unacked", "never acked", count],
  ["doubled", "doubled", count],
  ["out_of_order", "out of order", count],
  ["resumed", "sockets that took over", count],
  ["reset", "positions that could not resume", count],
];

/** @type {ReadonlyArray<readonly [name: string, title: string]>} */
const quantiles = [
  ["med", "p50"],
  ["p(95)", "p95"],
  ["p(99)", "p99"],
  ["max", "max"],
];

/**
 * @param {Summary} summary
 * @param {string} [path]
 * @returns {Record<string, string>} what k6 writes, and where
 */
export function summarize(summary, path) {
  const table = summaryTable(summary);
  return path ? { stdout: table, [path]: JSON.stringify(summary, null, 2) } : { stdout: table };
}

/**
 * A metric's goals stand beside its first row.
 * @param {Summary} summary
 */
export function summaryTable({ metrics }) {
  const judged = new Set();
  const lines = rows.flatMap(([name, title, read]) => {
    const metric = metrics[name];
    if (metric === undefined) return [];
    const verdict = judged.has(name) ? "" : verdictOn(metric);
    judged.add(name);
    return [`  ${title.padEnd(34)}${read(metric.values)}${verdict}`];
  });
  return `\n${lines.join("\n")}\n`;
}

/** @param {Metric} metric */
function verdictOn({ thresholds = {} }) {
  const verdicts = Object.entries(thresholds).map(([goal, { ok }]) => `${goal} ${ok ? "met" : "MISSED"}`);
  return verdicts.length === 0 ? "" : `   (${verdicts.join(", ")})`;
}

/** @param {Readonly<Record<string, number>>} values */
function times(values) {
  const shown = quantiles.filter(([name]) => values[name] !== undefined);
  return shown.map(([name, title]) => `${title} ${values[name]?.toFixed(1)} ms`).join(" · ");
}

/** @param {Readonly<Record<string, number>>} values */
function share({ rate = 0 }) {
  return `${(rate * 100).toFixed(2)} %`;
}

/** @param {Readonly<Record<string, number>>} values */
function count(values) {
  return whole(values.count ?? 0);
}

/** @param {number} value */
function whole(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}
