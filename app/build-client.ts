import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "./package.json";

const here = import.meta.dir;

/** What `npm install` of the SDK's directory finds. */
const clientManifest = {
  name: "holdline-client",
  version: manifest.version,
  description: "Client of Holdline, the real-time server whose deploys nobody notices.",
  license: manifest.license,
  type: "module",
  sideEffects: false,
  exports: { ".": { types: "./index.d.ts", default: "./index.js" } },
  types: "./index.d.ts",
  engines: { node: ">=20" },
};

/** Writes the SDK as a package without dependencies: a module that people can read, and its types. */
export async function buildClient(outdir: string): Promise<void> {
  await Bun.build({ entrypoints: [join(here, "client/index.ts")], outdir, target: "browser", format: "esm" });
  await writeTypes(outdir);
  await Bun.write(join(outdir, "package.json"), `${JSON.stringify(clientManifest, null, 2)}\n`);
  await cp(join(here, "client/README.md"), join(outdir, "README.md"));
  await cp(join(here, "../LICENSE"), join(outdir, "LICENSE"));
}

/** Of the declarations those that the entry point leads to. */
async function writeTypes(outdir: string): Promise<void> {
  const declared = await mkdtemp(join(tmpdir(), "holdline-types-"));
  await Bun.$`bun x --no-install tsc --project client/tsconfig.json --outDir ${declared}`.cwd(here).quiet();
  const names = new Set(["index"]);
  for (const name of names) {
    const text = await Bun.file(join(declared, "client", `${name}.d.ts`)).text();
    for (const [, imported = ""] of text.matchAll(/from "\.\/([\w-]+)\.ts"/g)) names.add(imported);
    await Bun.write(join(outdir, `${name}.d.ts`), text.replaceAll(/(from "\.\/[\w-]+)\.ts"/g, '$1.js"'));
  }
  await rm(declared, { recursive: true });
}
