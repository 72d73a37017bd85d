import { join } from "node:path";
import { Elysia } from "elysia";
import type { ApiRoute } from "../api/api-route.ts";
import { corsHeaders } from "../cors.ts";
import { KeptFile } from "../kept-file.ts";
import type { OriginPolicy } from "../origin-policy.ts";
import { pageHeaders } from "../page-headers.ts";
import { peerOf } from "../peer-of.ts";
import { describeProtocol } from "./asyncapi-document.ts";
import { docsFiles } from "./docs-files.ts";
import { docsHtml, docsScript } from "./docs-page.ts";
import { describeApi } from "./openapi-document.ts";

export interface DocsDependencies {
  readonly routes: readonly ApiRoute[];
  readonly version: string;
  readonly origins: OriginPolicy;
  /** Where the files of swagger-ui-dist are. */
  readonly docsDir: string;
}

/**
 * `/docs`, a page that describes the API, `/docs/json`, the same for programs, and `/docs/asyncapi.json`, the socket's
 * protocol for programs.
 */
export async function docs({ routes, version, origins, docsDir }: DocsDependencies) {
  const files = new Map([
    ["/", KeptFile.ofText(docsHtml, "text/html;charset=utf-8")],
    ["/json", KeptFile.ofText(describeApi(routes, version), "application/json")],
    ["/asyncapi.json", KeptFile.ofText(describeProtocol(version), "application/json")],
    ["/start.js", KeptFile.ofText(docsScript, "text/javascript;charset=utf-8")],
  ]);
  for (const name of docsFiles) files.set(`/${name}`, await KeptFile.read(join(docsDir, name)));
  const app = new Elysia({ name: "docs", prefix: "/docs" });
  for (const [path, file] of files) {
    app.get(path, ({ request, server, set }) => {
      Object.assign(set.headers, pageHeaders, corsHeaders(request, peerOf(request, server), origins));
      return file.answer(request);
    });
  }
  return app;
}
