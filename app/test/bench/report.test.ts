import { expect, test } from "bun:test";
import { createReport, jsonReport, markdownReport, plainReport } from "../../bench/report.ts";
import { measuredRow } from "./measured-row.ts";

const cores = { server: 0, load: 1, remark: "pinned" };

test("each row that is kept has a title of its own", async () => {
  const report = await createReport(cores, true, []);
  const perCpu = "  the same per second of server CPU";
  for (const what of ["echo", perCpu, "stored", perCpu]) report.rows.push(measuredRow({ what }));
  expect(JSON.parse(jsonReport(report)).rows.map(({ title }: { title: string }) => title)).toEqual([
    "echo",
    "echo: the same per second of server CPU",
    "stored",
    "stored: the same per second of server CPU",
  ]);
});

test("what was not measured is said, in tables and in what is kept", async () => {
  const report = await createReport(cores, true, ["growth", "history"]);
  for (const text of [plainReport(report), markdownReport(report)])
    expect(text).toContain("! not measured: growth, history");
  expect(JSON.parse(jsonReport(report)).unmeasured).toEqual(["growth", "history"]);
});

test("nothing is said of that where all was measured", async () => {
  expect(plainReport(await createReport(cores, true, []))).not.toContain("! not measured");
});
