export type Bar = {
  label: string;
  /** A figure for each round: the bar is the median, the line across its end goes from the least to the most. */
  figures: number[];
  isOurs: boolean;
};

type BarChart = { title: string; note: string; bars: Bar[] };

const WIDTH = 720;
const MARGIN = 16;
const TOP = 62;
const ROW_HEIGHT = 30;
const BAR_HEIGHT = 18;
const LABEL_WIDTH = 170;
const FIGURE_WIDTH = 120;
const BAR_WIDTH = WIDTH - 2 * MARGIN - LABEL_WIDTH - FIGURE_WIDTH;

/** A card of its own, so that it can be read on a page of either colour; it follows what the reader's system prefers. */
const STYLE = `
  svg { --card: #ffffff; --edge: #d0d7de; --text: #1f2328; --quiet: #59636e; --ours: #0969da; --other: #afb8c1 }
  @media (prefers-color-scheme: dark) {
    svg { --card: #0d1117; --edge: #3d444d; --text: #f0f6fc; --quiet: #9198a1; --ours: #4493f8; --other: #656c76 }
  }
  text { font: 14px system-ui, sans-serif; fill: var(--text) }
  .title { font-weight: 600; font-size: 16px }
  .note { font-size: 12px; fill: var(--quiet) }
  .card { fill: var(--card); stroke: var(--edge) }
  .ours { fill: var(--ours) }
  .other { fill: var(--other) }
  .spread { stroke: var(--text); stroke-width: 1.5 }
`;

export function barChart({ title, note, bars }: BarChart): string {
  const height = TOP + bars.length * ROW_HEIGHT + MARGIN;
  const longest = Math.max(...bars.flatMap(({ figures }) => figures));
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>`,
    `<text class="title" x="${MARGIN}" y="28">${escaped(title)}</text>`,
    `<text class="note" x="${MARGIN}" y="48">${escaped(note)}</text>`,
    ...bars.map((bar, index) => barLines(bar, TOP + index * ROW_HEIGHT, BAR_WIDTH / longest)),
    "</svg>\n",
  ].join("\n");
}

function barLines({ label, figures, isOurs }: Bar, top: number, scale: number): string {
  const sorted = figures.toSorted((left, right) => left - right);
  const [least = 0, middle = 0, most = 0] = [sorted[0], sorted[(sorted.length - 1) >> 1], sorted.at(-1)];
  const x = (value: number) => round(MARGIN + LABEL_WIDTH + value * scale);
  const center = top + ROW_HEIGHT / 2;
  return [
    `<text x="${MARGIN}" y="${center + 5}">${escaped(label)}</text>`,
    `<rect class="${isOurs ? "ours" : "other"}" x="${x(0)}" y="${center - BAR_HEIGHT / 2}" width="${round(middle * scale)}" height="${BAR_HEIGHT}" rx="2"/>`,
    `<line class="spread" x1="${x(least)}" y1="${center}" x2="${x(most)}" y2="${center}"/>`,
    `<text x="${x(most) + 8}" y="${center + 5}">${figureText(middle)}</text>`,
  ].join("\n");
}

function figureText(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
