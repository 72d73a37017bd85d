import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { EngineUnusable } from "./engine-unusable.ts";

/** The one true name of the database file, in a directory that exists. Throws EngineUnusable. */
export function databasePath(configured: string): string {
  const path = resolve(configured);
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw new EngineUnusable(
      `${dirname(path)} cannot be made (${(error as Error).message}): make it, or set DATABASE_PATH to another file`,
    );
  }
  if (!existsSync(path)) return path;
  if (!statSync(path).isFile())
    throw new EngineUnusable(`${path} is not a file: set DATABASE_PATH to a file`);
  return realpathSync(path);
}
