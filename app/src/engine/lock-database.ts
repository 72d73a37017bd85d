import { Database, SQLiteError } from "bun:sqlite";
import { asUnusable, EngineUnusable } from "./engine-unusable.ts";

const waitMs = 3000;
const retryMs = 50;

/**
 * Makes this process the only owner of the database, until the lock is closed or the process ends, however it
 * does: the kernel then lets go of the lock on the file beside it. Waits a little for an owner that is going.
 */
export async function lockDatabase(path: string): Promise<Database> {
  for (const giveUpAt = performance.now() + waitMs; ; await Bun.sleep(retryMs)) {
    const lock = tryLock(path);
    if (lock) return lock;
    if (performance.now() > giveUpAt) {
      throw new EngineUnusable(
        `${path} is in use by another Holdline process: stop that one first, or set DATABASE_PATH to another file`,
      );
    }
  }
}

function tryLock(path: string): Database | null {
  const lockPath = `${path}.lock`;
  let lock: Database | null = null;
  try {
    lock = new Database(lockPath, { create: true });
    lock.run("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock?.close();
    if (error instanceof SQLiteError && error.code === "SQLITE_BUSY") return null;
    throw asUnusable(lockPath, error);
  }
}
