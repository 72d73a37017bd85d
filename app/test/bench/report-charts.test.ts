import { describe, expect, test } from "bun:test";
import type { Report } from "../../bench/report.ts";
import { reportCharts } from "../../bench/report-charts.ts";
import type { Row } from "../../bench/row.ts";
import { measuredRow } from "./measured-row.ts";

const reportOf = (rows: Row[]) => ({ rows }) as Report;
const labels = (svg = "") => [...svg.matchAll(/<text x="16"[^>]*>([^<]*)</g)].map((match) => match[1]);

describe("a chart", () => {
  test("of a comparison has a bar for each that was measured", () => {
    const rows = [measuredRow({ what: "memory per idle connection, 15,000 in one room", ws: [9] })];
    const [chart] = reportCharts(reportOf(rows));
    expect(chart?.name).toBe("memory.svg");
    expect(labels(chart?.text)).toEqual(["Holdline", "Bun.serve", "ws"]);
  });

  test("of growth has bars for each size", () => {
    const rows = ["100", "1,000"].map((count) =>
      measuredRow({ what: `history, pages of 50 anywhere in a room of ${count} messages`, raw: [] }),
    );
    expect(labels(reportCharts(reportOf(rows))[0]?.text)).toEqual(["100 messages", "1,000 messages"]);
  });

  test("finds a row by the one above it", () => {
    const perCpu = measuredRow({ what: "  the same per second of server CPU" });
    const names = (above: string) => reportCharts(reportOf([measuredRow({ what: above }), perCpu]));
    expect(names("echo, 100 sockets, 8 in flight").map(({ name }) => name)).toEqual(["echo.svg"]);
    expect(names("something else")).toEqual([]);
  });
});
