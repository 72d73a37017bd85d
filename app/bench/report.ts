import { cpus, release, totalmem } from "node:os";
import type { Cores } from "./cores.ts";
import { median, type Row } from "./row.ts";
import { ratio, verdict } from "./verdict.ts";

/** A run as JSON: every round of every row, and the machine that made it. */
export async function writeReport(path: string, cores: Cores, rows: Row[]): Promise<void> {
  const machine = describeMachine();
  await Bun.write(
    path,
    `${JSON.stringify({ date: new Date(), machine, pinning: cores.remark, rows: rows.map(summarize) }, null, 2)}\n`,
  );
}

export function describeMachine(): string {
  const [cpu] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpu?.model.trim()}, ${cpus().length} cores, ${gigabytes} GB, Linux ${release()}, Bun ${Bun.version}`;
}

function summarize(row: Row): object {
  return {
    ...row,
    median: { ours: median(row.ours), raw: median(row.raw) },
    ratio: ratio(row),
    verdict: verdict(row),
  };
}
