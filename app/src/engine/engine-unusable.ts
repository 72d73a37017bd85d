import { SQLiteError } from "bun:sqlite";

/** The engine cannot start. The message is one line for the operator: which file, what is wrong, what to do. */
export class EngineUnusable extends Error {
  override readonly name = "EngineUnusable";
}

const another = "or set DATABASE_PATH to another file";

/** By SQLite's primary result code, the part of the extended code's name that matters. */
const advice: Readonly<Record<string, string>> = {
  NOTADB: `is not an SQLite database: move it away, ${another}`,
  CORRUPT: `is damaged: restore it from a backup or move it away, ${another}`,
  CANTOPEN: `cannot be opened: check that the file and its directory may be read and written, ${another}`,
  READONLY: `cannot be written: check the permissions of the file and its directory and that the disk is not mounted read-only, ${another}`,
  PERM: `may not be used: check the permissions of the file and its directory, ${another}`,
  FULL: `has no room to grow: free space on its disk, ${another}`,
  BUSY: `is locked by another program: close that program, ${another}`,
  IOERR: `cannot be read or written: check its disk, ${another}`,
};

/** Says what a failure to open `path` means. What is not about the file goes through unchanged. */
export function asUnusable(path: string, error: unknown): unknown {
  if (!(error instanceof SQLiteError)) return error;
  const code = error.code?.split("_")[1] ?? "";
  return new EngineUnusable(`${path} ${advice[code] ?? `cannot be used, ${another}`} (${error.message})`);
}
