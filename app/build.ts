import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { buildClient } from "./build-client.ts";
import { buildServer } from "./build-server.ts";

// Bundles the server, and the SDK as a package. Usage: bun build.ts [directory = dist]

const dist = join(import.meta.dir, "dist");
const outdir = resolve(Bun.argv[2] ?? dist);

// Only the directory that is ours is emptied, never one that somebody named.
if (outdir === dist) await rm(dist, { recursive: true, force: true });
await buildServer(outdir);
await buildClient(join(outdir, "client"));
console.log(`Built ${join(outdir, "client")}; use it with: npm install ${join(outdir, "client")}`);
console.log(`Built ${outdir}; run it with: bun ${join(outdir, "main.js")}`);
