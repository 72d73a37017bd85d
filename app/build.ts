import { cp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { buildClient } from "./build-client.ts";
import { assetDirs } from "./src/http/asset-dirs.ts";
import { bundleClient, clientGzipBytesMax } from "./src/http/bundle-client.ts";
import { docsFiles } from "./src/http/docs/docs-files.ts";

// Bundles the server so that it runs without node_modules, and the SDK as a package. Usage: bun build.ts [directory = dist]

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
const { publicDir, docsDir, clientPath } = assetDirs();
await cp(publicDir, join(outdir, "public"), { recursive: true });
for (const name of docsFiles) await cp(join(docsDir, name), join(outdir, "docs", name));
await buildClient(join(outdir, "client"));
const script = await bundleClient(clientPath);
await Bun.write(join(outdir, "client.js"), script);
const gzipBytes = Bun.gzipSync(script).length;
console.log(`client.js: ${gzipBytes} bytes gzipped, of ${clientGzipBytesMax} at most`);
if (gzipBytes > clientGzipBytesMax) process.exit(1);
console.log(`Built ${join(outdir, "client")}; use it with: npm install ${join(outdir, "client")}`);
console.log(`Built ${outdir}; run it with: bun ${join(outdir, "main.js")}`);
