import { cp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";

// Bundles the server so that it runs without node_modules. Usage: bun build.ts [directory = dist]

const here = import.meta.dir;
const dist = join(here, "dist");
const outdir = resolve(Bun.argv[2] ?? dist);

// Only the directory that is ours is emptied, never one that somebody named.
if (outdir === dist) await rm(dist, { recursive: true, force: true });
await Bun.build({
  // The SQLite writer is a Worker, started by its file's name: it needs a bundle of its own beside main.js.
  entrypoints: [join(here, "src/main.ts"), join(here, "src/engine/sqlite-writer.ts")],
  outdir,
  target: "bun",
  naming: "[name].[ext]",
  sourcemap: "linked",
});
await cp(join(here, "public"), join(outdir, "public"), { recursive: true });
console.log(`Built ${outdir}; run it with: bun ${join(outdir, "main.js")}`);
