import { Elysia } from "elysia";
import { bundleClient } from "./bundle-client.ts";
import { corsHeaders } from "./cors.ts";
import { KeptFile } from "./kept-file.ts";
import type { OriginPolicy } from "./origin-policy.ts";
import { pageHeaders } from "./page-headers.ts";
import { peerOf } from "./peer-of.ts";

/** Who may use it is decided by CORS, which modules are always loaded with. */
const clientHeaders = { ...pageHeaders, "cross-origin-resource-policy": "cross-origin" };

/** The SDK at `/client.js`, for our page and for those of the origins that may connect. */
export async function clientFile(clientPath: string, origins: OriginPolicy) {
  const file = await readClient(clientPath);
  return new Elysia({ name: "client-file" }).get("/client.js", ({ request, server, set }) => {
    Object.assign(set.headers, clientHeaders, corsHeaders(request, peerOf(request, server), origins));
    return file.answer(request);
  });
}

/** A build has bundled it already. */
async function readClient(path: string): Promise<KeptFile> {
  const script = path.endsWith(".ts") ? await bundleClient(path) : await Bun.file(path).text();
  return KeptFile.ofText(script, "text/javascript;charset=utf-8");
}
