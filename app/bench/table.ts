export type Table = {
  headings: readonly string[];
  /** So many columns from the left hold words, the others figures. */
  wordColumns: number;
  lines: string[][];
};

export function plainTable({ headings, wordColumns, lines }: Table): string {
  const all = [headings, ...lines];
  const widths = headings.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column < wordColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return all.map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}

export function markdownTable({ headings, wordColumns, lines }: Table): string {
  const rule = headings.map((_, column) => (column < wordColumns ? "---" : "---:"));
  const escaped = lines.map((line) => line.map(escapeCell));
  return [headings, rule, ...escaped].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

/** What stands indented in plain text belongs to the line above. */
function escapeCell(cell: string): string {
  return cell.replace(/^ +/, "… ").replaceAll("|", "\\|");
}
