import { expect, test } from "bun:test";
import { join } from "node:path";
import { reportCharts } from "../../bench/report-charts.ts";

const bench = join(import.meta.dir, "../../bench");

test("the charts kept are those of the figures kept", async () => {
  const figures = Bun.file(join(bench, "figures.json"));
  const drawn = (await figures.exists()) ? reportCharts(await figures.json()) : [];
  const names = await Array.fromAsync(new Bun.Glob("charts/*.svg").scan({ cwd: bench }));
  const kept = names.map(async (name) => ({
    name: name.slice("charts/".length),
    text: await Bun.file(join(bench, name)).text(),
  }));
  const byName = (left: { name: string }, right: { name: string }) => left.name.localeCompare(right.name);
  expect((await Promise.all(kept)).sort(byName)).toEqual(drawn.sort(byName));
});
