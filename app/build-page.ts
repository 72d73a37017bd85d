import { cp } from "node:fs/promises";
import { basename, join } from "node:path";
import type { BunPlugin } from "bun";

/** The server serves the SDK at the page's top, where the page finds it from any of its folders. */
const sdkFromServer: BunPlugin = {
  name: "sdk-from-server",
  setup: (build) => {
    build.onResolve({ filter: /\/client\.js$/ }, () => ({ path: "./client.js", external: true }));
  },
};

/** Started by index.html as it is, since it tells when the rest cannot be loaded. */
const startName = "start.js";

/** The page with its modules in one: a request for each would meet the proxy's limit when three tabs open at once. */
export async function buildPage(publicDir: string, outdir: string): Promise<void> {
  const isCopied = (source: string) => !source.endsWith(".js") || basename(source) === startName;
  await cp(publicDir, outdir, { recursive: true, filter: isCopied });
  const entrypoints = [join(publicDir, "page.js")];
  await Bun.build({ entrypoints, outdir, target: "browser", plugins: [sdkFromServer] });
}
