import { join } from "node:path";
import type { Report } from "./report.ts";
import { reportCharts } from "./report-charts.ts";

/** Draws what `run.ts --json` wrote: bun bench/charts.ts [figures.json [directory]] */
const [figures = join(import.meta.dir, "figures.json"), directory = join(import.meta.dir, "charts")] =
  Bun.argv.slice(2);

const report: Report = await Bun.file(figures).json();
for (const { name, text } of reportCharts(report)) await Bun.write(join(directory, name), text);
