import { deploy } from "./deploy.ts";
import { internals } from "./internals.ts";
import { overview } from "./overview.ts";

const file = (name: string, board: object) => ({ name, text: `${JSON.stringify(board, null, 2)}\n` });

/** The files in grafana/dashboards. */
export const boards = [
  file("overview.json", overview),
  file("deploy.json", deploy),
  file("internals.json", internals),
];
