/** What the SDK may weigh as pages load it, gzipped. */
export const clientGzipBytesMax = 8192;

/**
 * The SDK as one file for browsers, made in memory within milliseconds: a checkout that may not be written to serves it
 * as well. Throws where the sources do not make sense.
 */
export async function bundleClient(entry: string): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [entry],
    target: "browser",
    format: "esm",
    minify: true,
  });
  const [script] = outputs;
  if (script === undefined) throw new Error(`${entry}: nothing was bundled`);
  return await script.text();
}
