import { join } from "node:path";
import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";

const directory = join(import.meta.dir, "../../../grafana/dashboards");

export interface BoardQuery {
  /** Which board and panel asks. */
  readonly where: string;
  readonly expr: string;
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

/** What all boards ask Prometheus, annotations included, with everything chosen and rates over `rateInterval`. */
export async function readQueries(rateInterval: string): Promise<readonly BoardQuery[]> {
  const asked = (await readBoards()).flatMap((board) => [
    ...panelQueries(board),
    ...annotationQueries(board),
  ]);
  return asked.map(({ where, expr }) => ({ where, expr: withVariables(expr, rateInterval) }));
}

function panelQueries(board: Dashboard): BoardQuery[] {
  return describedPanels(board).flatMap(({ title, targets = [] }) =>
    (targets as { expr?: string; refId?: string }[]).map(({ expr = "", refId }) => {
      return { where: `${board.title}, ${title}, ${refId}`, expr };
    }),
  );
}

function annotationQueries(board: Dashboard): BoardQuery[] {
  const annotations = board.annotations.list ?? [];
  return annotations.map(({ name, expr = "" }) => ({ where: `${board.title}, annotation ${name}`, expr }));
}

export function withVariables(expr: string, rateInterval: string): string {
  return expr
    .replaceAll("$__rate_interval", rateInterval)
    .replaceAll("$color", ".+")
    .replaceAll("$instance", ".+");
}
