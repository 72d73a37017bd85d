import { expect, test } from "bun:test";
import { configVariables } from "../src/config.ts";
import { readAlerts } from "./support/monitoring-files.ts";

const tableHead = "| variable | default | meaning |";

/** The rows below the head, cells trimmed, each without backticks around it. */
function configurationRows(readme: string): string[][] {
  const [, afterHead = ""] = readme.split(tableHead);
  const [table = ""] = afterHead.split("\n\n");
  const rows = table.split("\n").slice(2);
  return rows.map((row) => row.split("|").slice(1, -1).map(plainCell));
}

function plainCell(cell: string): string {
  return cell.trim().replace(/^`([^`]*)`$/, "$1");
}

test("README's configuration table lists exactly the variables that are served", async () => {
  const readme = await Bun.file(new URL("../../README.md", import.meta.url)).text();
  const expected = configVariables.map((variable) => [variable.name, variable.default, variable.description]);
  expect(configurationRows(readme)).toEqual(expected.map((row) => row.map(plainCell)));
});

test("README has a paragraph on every alert", async () => {
  const readme = await Bun.file(new URL("../../README.md", import.meta.url)).text();
  const anchors = (await readAlerts()).map(({ annotations }) => annotations.runbook_url?.split("#")[1]);
  expect(anchors.filter((anchor) => !readme.includes(`<a id="${anchor}"></a>`))).toEqual([]);
});
