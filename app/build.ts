import { cp, rm } from "node:fs/promises";
import { join } from "node:path";

/** Bundles the server so that it runs without node_modules: `bun <outdir>/main.js`. */
export async function build(outdir: string): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await Bun.build({
    // The SQLite writer is a Worker: started by file name, it needs a bundle of its own beside main.js.
    entrypoints: [join(import.meta.dir, "src/main.ts"), join(import.meta.dir, "src/engine/sqlite-writer.ts")],
    outdir,
    target: "bun",
    naming: "[name].[ext]",
    sourcemap: "linked",
  });
  await cp(join(import.meta.dir, "public"), join(outdir, "public"), { recursive: true });
}

if (import.meta.main) {
  const outdir = join(import.meta.dir, "dist");
  await build(outdir);
  console.log(`Built ${outdir}; run it with: bun ${join(outdir, "main.js")}`);
}
