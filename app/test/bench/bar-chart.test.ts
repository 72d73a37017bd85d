import { expect, test } from "bun:test";
import { barChart } from "../../bench/bar-chart.ts";

const bar = (label: string, ...figures: number[]) => ({ label, figures, isOurs: label === "ours" });
const draw = (...bars: ReturnType<typeof bar>[]) => barChart({ title: "A & B", note: "<3", bars });
const numbers = (svg: string, pattern: RegExp) => [...svg.matchAll(pattern)].map((match) => Number(match[1]));

test("a bar is as long as its median, and its line goes from the least to the most", () => {
  const svg = draw(bar("ours", 50, 20, 100), bar("other", 25));
  const [ours = 0, other = 0] = numbers(svg, /<rect class="o[^>]* width="([\d.]+)"/g);
  const [zero = 0] = numbers(svg, /<rect class="o[^>]* x="([\d.]+)"/g);
  const [least = 0] = numbers(svg, /x1="([\d.]+)"/g);
  const [most = 0] = numbers(svg, /x2="([\d.]+)"/g);
  expect([ours / other, (least - zero) / ours, (most - zero) / ours].map(Math.fround)).toEqual(
    [2, 20 / 50, 100 / 50].map(Math.fround),
  );
  expect(svg).toContain(">50<");
});

test("the chart is filled, whatever the figures", () => {
  const ends = [1, 5_000_000].flatMap((figure) => numbers(draw(bar("ours", figure)), /x2="([\d.]+)"/g));
  expect(ends).toEqual([584, 584]);
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
