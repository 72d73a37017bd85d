import { cpus, release, totalmem } from "node:os";
import { budgetTable } from "./budget-table.ts";
import { type Described, describeContestants, findPeers } from "./contestants.ts";
import type { Cores } from "./cores.ts";
import { mapEach } from "./each.ts";
import { fullTitle } from "./full-title.ts";
import { measureTable, remarksOn } from "./measure-table.ts";
import { figuresOf, median, type Row } from "./row.ts";
import { markdownTable, plainTable, type Table } from "./table.ts";
import { ratio, verdict } from "./verdict.ts";

/** A run: every round of every row, who was compared, and the machine that made it. */
export type Report = {
  date: string;
  machine: string;
  pinning: string;
  isQuick: boolean;
  contestants: Described[];
  missing: string[];
  /** Measures that were asked for and have no rows: still to come, failed, or the run was ended before. */
  unmeasured: string[];
  rows: Row[];
};

export async function createReport(cores: Cores, isQuick: boolean, measures: string[]): Promise<Report> {
  return {
    date: new Date().toISOString(),
    machine: describeMachine(),
    pinning: cores.remark,
    isQuick,
    contestants: await describeContestants(),
    missing: findPeers().missing,
    unmeasured: measures,
    rows: [],
  };
}

export function describeMachine(): string {
  const [cpu] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpu?.model.trim()}, ${cpus().length} cores, ${gigabytes} GB, Linux ${release()}, Bun ${Bun.version}`;
}

/** With what can be worked out of each row, for those that only read it: `title` is of one row alone. */
export function jsonReport(report: Report): string {
  const rows = report.rows.map((row) => ({
    ...row,
    title: fullTitle(row, report.rows),
    median: mapEach(figuresOf(row), median),
    ratio: ratio(row),
    verdict: verdict(row),
  }));
  return `${JSON.stringify({ ...report, rows }, null, 2)}\n`;
}

export function plainReport(report: Report): string {
  return paragraphs(report, plainTable).join("\n\n");
}

export function markdownReport(report: Report): string {
  return paragraphs(report, markdownTable).join("\n\n");
}

function paragraphs(report: Report, print: (table: Table) => string): string[] {
  const { machine, pinning, contestants, missing, unmeasured, rows } = report;
  const lacking = unmeasured.length === 0 ? [] : [`! not measured: ${unmeasured.join(", ")}`];
  return [
    `${machine}; ${pinning}. ${extent(report)}`,
    print(measureTable(rows)),
    [LEGEND, ...remarksOn(rows), ...missing, ...lacking].join("\n"),
    print(budgetTable(rows)),
    print(settingsTable(contestants)),
  ];
}

const LEGEND =
  "ratio: Holdline to Bun.serve. server, load: the share of its core that our server, and at most the load generator, took. Only Holdline stores, checks tokens and knows who is there.";

function extent({ isQuick }: Report): string {
  return isQuick
    ? "Quick: one round, a fraction of the sizes and times, one peer; nothing to publish."
    : "Medians of interleaved rounds (least–most).";
}

function settingsTable(contestants: Described[]): Table {
  return {
    headings: ["who", "versions", "settings"],
    wordColumns: 3,
    lines: contestants.map(({ name, versions, settings }) => [name, versions, settings]),
  };
}
