import { join } from "node:path";
import { staticPlugin } from "@elysiajs/static";
import { Elysia } from "elysia";
import { KeptFile } from "./kept-file.ts";
import { chatPageHeaders } from "./page-headers.ts";

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
  const html = await KeptFile.read(join(publicDir, "index.html"), "text/html;charset=utf-8");
  return new Elysia({ name: "page" })
    .onAfterHandle(({ request, responseValue, set }) => {
      Object.assign(set.headers, chatPageHeaders);
      // The plugin answers with ETags, except for HTML, which it hands over as a bare file.
      return responseValue instanceof Response ? undefined : html.answer(request);
    })
    .use(files);
}
