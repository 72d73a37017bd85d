import { cp } from "node:fs/promises";
import { join } from "node:path";
import { buildPage } from "./build-page.ts";
import manifest from "./package.json";
import { assetDirs } from "./src/http/asset-dirs.ts";
import { bundleClient, clientGzipBytesMax } from "./src/http/bundle-client.ts";
import { docsFiles } from "./src/http/docs/docs-files.ts";

const here = import.meta.dir;

const entryPoints = [
  "src/main.ts",
  // The SQLite writer is a Worker, started by its file's name: it needs a bundle of its own beside main.js.
  "src/engine/sqlite-writer.ts",
  "src/control-client.ts",
  "src/print-token.ts",
  "deploy/probe.ts",
  "deploy/smoke.ts",
  "deploy/figures.ts",
  "deploy/smoke-load.ts",
];

/** So that operators type the same in a build, a container included, as in a checkout. */
const serverManifest = {
  name: manifest.name,
  version: manifest.version,
  license: manifest.license,
  private: true,
  type: "module",
  scripts: {
    start: "bun main.js",
    control: "bun control-client.js",
    token: "bun print-token.js",
    probe: "bun probe.js",
    smoke: "bun smoke.js",
    figures: "bun figures.js",
    "smoke-load": "bun smoke-load.js",
  },
};

/** Bundles the server so that it runs without node_modules. Needs no development dependency. */
export async function buildServer(outdir: string): Promise<void> {
  await Bun.build({
    entrypoints: entryPoints.map((path) => join(here, path)),
    outdir,
    target: "bun",
    naming: "[name].[ext]",
    sourcemap: "linked",
  });
  const { publicDir, docsDir, clientPath } = assetDirs();
  await buildPage(publicDir, join(outdir, "public"));
  for (const name of docsFiles) await cp(join(docsDir, name), join(outdir, "docs", name));
  await Bun.write(join(outdir, "client.js"), await bundleSdk(clientPath));
  await Bun.write(join(outdir, "package.json"), `${JSON.stringify(serverManifest, null, 2)}\n`);
}

async function bundleSdk(clientPath: string): Promise<string> {
  const script = await bundleClient(clientPath);
  const gzipBytes = Bun.gzipSync(script).length;
  console.log(`client.js: ${gzipBytes} bytes gzipped, of ${clientGzipBytesMax} at most`);
  if (gzipBytes > clientGzipBytesMax) process.exit(1);
  return script;
}

// The image is built by this alone: bun build-server.ts DIRECTORY
if (import.meta.main) await buildServer(Bun.argv[2] ?? join(here, "dist"));
