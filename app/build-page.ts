import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { BunPlugin } from "bun";

/** The server serves the SDK at the page's top, where the page finds it from any of its folders. */
const sdkFromServer: BunPlugin = {
  name: "sdk-from-server",
  setup: (build) => {
    build.onResolve({ filter: /\/client\.js$/ }, () => ({ path: "./client.js", external: true }));
  },
};

/** The page with its modules in one: a request for each would meet the proxy's limit when three tabs open at once. */
export async function buildPage(publicDir: string, outdir: string): Promise<void> {
  await cp(publicDir, outdir, { recursive: true, filter: (source) => !source.endsWith(".js") });
  const entrypoints = [join(publicDir, "page.js")];
  await Bun.build({ entrypoints, outdir, target: "browser", plugins: [sdkFromServer] });
}
