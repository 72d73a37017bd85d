import { describe, expect, test } from "bun:test";
import { measureTable, remarksOn, spread } from "../../bench/measure-table.ts";
import { calm, measuredRow } from "./measured-row.ts";

describe("the table of measures", () => {
  test("has a column for each that some row measured, and says where it was not", () => {
    const { headings, lines } = measureTable([
      measuredRow({ "socket.io": [20] }),
      measuredRow({ what: "stored" }),
    ]);
    const column = headings.indexOf("Socket.IO");
    expect(headings.slice(2, 5)).toEqual(["Holdline", "Bun.serve", "Socket.IO"]);
    expect(lines.map((line) => line[column])).toEqual(["20", "–"]);
  });

  test("shows ratio, goal, verdict and how busy the cores were", () => {
    const { lines } = measureTable([measuredRow({ budget: { of: "ratio", min: 0.7 } })]);
    expect(lines[0]?.slice(4)).toEqual(["0.8", "≥ 0.7 × raw", "ok", "50%", "25%"]);
  });

  test.each([
    [[], "–"],
    [[3], "3"],
    [[3.001, 3.002], "3"],
    [[1, 9, 4], "4 (1–9)"],
    [[1_234_567, 2_000_000, 1_000_000], "1,230,000 (1,000,000–2,000,000)"],
  ])("shows the median of %j and its spread as %s", (values, text) => {
    expect(spread(values)).toBe(text);
  });
});

describe("a remark", () => {
  const row = (part: object, kind = "ours") =>
    measuredRow({ usage: { ours: [calm], raw: [calm], [kind]: [{ ...calm, ...part }] } });

  test.each([
    ["the load was saturated", row({ loadCpuSeconds: 0.95 })],
    ["others took 20% of a core", row({ otherCpuSeconds: 0.2 })],
    ["others took 30% of a core", row({ otherCpuSeconds: 0.3 }, "ws")],
  ])("says that %s", (text, disturbed) => {
    expect(remarksOn([disturbed]).join()).toContain(text);
  });

  test("counts Redis neither as load nor as others", () => {
    const redis = [{ ...calm, loadCpuSeconds: 0.95, otherCpuSeconds: 0.95 }];
    const disturbed = [{ ...calm, otherCpuSeconds: 0.2 }];
    const row = measuredRow({ usage: { ours: disturbed, raw: [calm], redis } });
    expect(remarksOn([row])).toEqual(["! others took 20% of a core: echo"]);
  });

  test.each([
    ["nothing disturbed", row({})],
    ["what others took is Redis", row({ otherCpuSeconds: 0.5 }, "redis")],
    ["the row goes on from one above", { ...row({ otherCpuSeconds: 0.2 }), what: "  per second of CPU" }],
    ["a busy load limits no rate", { ...row({ loadCpuSeconds: 0.95 }), unit: "KB" }],
  ])("is left out where %s", (_why, quiet) => {
    expect(remarksOn([quiet])).toEqual([]);
  });
});
