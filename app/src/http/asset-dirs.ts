import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface AssetDirs {
  /** Where the page's files are. */
  readonly publicDir: string;
  /** Where the files of the API's page are. */
  readonly docsDir: string;
  /** The SDK: its entry point, or in a build the bundle. */
  readonly clientPath: string;
}

/** Beside the sources and in their package, or all beside the bundle. */
export function assetDirs(): AssetDirs {
  const here = import.meta.dir;
  if (!import.meta.url.endsWith(".ts"))
    return {
      publicDir: join(here, "public"),
      docsDir: join(here, "docs"),
      clientPath: join(here, "client.js"),
    };
  const swaggerUi = import.meta.resolve("swagger-ui-dist/package.json");
  return {
    publicDir: join(here, "../../public"),
    docsDir: dirname(fileURLToPath(swaggerUi)),
    clientPath: join(here, "../../client/index.ts"),
  };
}
