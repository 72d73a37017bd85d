import { expect, test } from "bun:test";
import { barChart } from "../../bench/bar-chart.ts";

const bar = (label: string, ...figures: number[]) => ({ label, figures, isOurs: label === "ours" });
const draw = (...bars: ReturnType<typeof bar>[]) => barChart({ title: "A & B", note: "<3", bars });
const numbers = (svg: string, pattern: RegExp) => [...svg.matchAll(pattern)].map((match) => Number(match[1]));

test("a bar is as long as its median, and the widest spread just fits", () => {
  const svg = draw(bar("ours", 50, 20, 100), bar("other", 25));
  const [ours = 0, other = 0] = numbers(svg, /<rect class="o[^>]* width="([\d.]+)"/g);
  expect(ours / other).toBeCloseTo(2, 1);
  const [from = 0] = numbers(svg, /x1="([\d.]+)"/g);
  const [to = 0] = numbers(svg, /x2="([\d.]+)"/g);
  expect((to - from) / ours).toBeCloseTo(80 / 50, 1);
  expect(svg).toContain(">50<");
});

test("ours can be told from the others", () => {
  expect(draw(bar("other", 1), bar("ours", 1)).match(/<rect class="(ours|other)"/g)).toEqual([
    '<rect class="other"',
    '<rect class="ours"',
  ]);
});

test("texts cannot break the picture", () => {
  const svg = draw(bar('"<a>"', 1));
  expect(svg).toContain(">A &amp; B<");
  expect(svg).toContain(">&lt;3<");
  expect(svg).not.toContain("<a>");
});
