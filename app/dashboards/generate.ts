import { join } from "node:path";
import { boards } from "./boards.ts";

/** Writes what Grafana reads. Another directory may be given, to compare. */
const [directory = join(import.meta.dir, "../../grafana/dashboards")] = Bun.argv.slice(2);

for (const { name, text } of boards) await Bun.write(join(directory, name), text);
