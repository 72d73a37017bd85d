import { join } from "node:path";
import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";

const directory = join(import.meta.dir, "../../../grafana/dashboards");

export interface BoardQuery {
  /** Which board and panel asks. */
  readonly where: string;
  readonly expr: string;
  /** What lines are called, by their labels in double braces. */
  readonly legend: string;
}

interface Target {
  readonly expr?: string;
  readonly refId?: string;
  readonly legendFormat?: string;
}

/** The boards as Grafana reads them. */
export async function readBoards(): Promise<readonly Dashboard[]> {
  const names = await Array.fromAsync(new Bun.Glob("*.json").scan({ cwd: directory }));
  return Promise.all(names.sort().map((name) => Bun.file(join(directory, name)).json()));
}

/** All but the titles of rows. */
export function describedPanels(board: Dashboard): Panel[] {
  return ((board.panels ?? []) as Panel[]).filter(({ type }) => type !== "row");
}

/** What all boards ask Prometheus, annotations included. `color`: a pattern of those that are chosen. */
export async function readQueries(rateInterval: string, color = ".+"): Promise<readonly BoardQuery[]> {
  const asked = (await readBoards()).flatMap((board) => [
    ...panelQueries(board),
    ...annotationQueries(board),
  ]);
  return asked.map((query) => ({ ...query, expr: withVariables(query.expr, rateInterval, color) }));
}

function panelQueries(board: Dashboard): BoardQuery[] {
  return describedPanels(board).flatMap(({ title, targets = [] }) =>
    (targets as Target[]).map(({ expr = "", refId, legendFormat = "" }) => {
      return { where: `${board.title}, ${title}, ${refId}`, expr, legend: legendFormat };
    }),
  );
}

function annotationQueries(board: Dashboard): BoardQuery[] {
  const annotations = board.annotations.list ?? [];
  return annotations
    .filter(({ expr }) => expr !== undefined)
    .map(({ name, expr = "", titleFormat: legend = "" }) => {
      return { where: `${board.title}, annotation ${name}`, expr, legend };
    });
}

function withVariables(expr: string, rateInterval: string, color: string): string {
  return expr
    .replaceAll("$__rate_interval", rateInterval)
    .replaceAll("$color", color)
    .replaceAll("$instance", ".+");
}
