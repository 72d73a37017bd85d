import { join } from "node:path";
import { staticPlugin } from "@elysiajs/static";
import { Elysia } from "elysia";

/** Scripts and styles from here only, and nobody frames the page. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  // Safari's 'self' leaves out WebSockets.
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const headers = {
  // Kept, but asked for each time: a deploy changes the files, and the ETag tells.
  "cache-control": "no-cache",
  "content-security-policy": contentSecurityPolicy,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * The files of `publicDir` at `/`. Each is a route from the start (`alwaysStatic`), so that no path of a client ever
 * becomes a path on disk.
 */
export async function page(publicDir: string) {
  const files = await staticPlugin({
    assets: publicDir,
    prefix: "/",
    alwaysStatic: true,
    directive: "no-cache",
    maxAge: 0,
    silent: true,
  });
  const html = await readHtml(publicDir);
  return new Elysia({ name: "page" })
    .onAfterHandle(({ request, responseValue, set }) => {
      Object.assign(set.headers, headers);
      // The plugin answers with ETags, except for HTML, which it hands over as a bare file.
      return responseValue instanceof Response ? undefined : answerHtml(request, html);
    })
    .use(files);
}

interface Html {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

async function readHtml(publicDir: string): Promise<Html> {
  const bytes = await Bun.file(join(publicDir, "index.html")).bytes();
  return { bytes, etag: `"${Bun.hash(bytes).toString(16)}"` };
}

function answerHtml({ headers }: Request, { bytes, etag }: Html): Response {
  if (headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers: { etag } });
  return new Response(bytes, { headers: { etag, "content-type": "text/html;charset=utf-8" } });
}
