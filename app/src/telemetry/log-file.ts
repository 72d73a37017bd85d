import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LogEntry } from "winston";
import DailyRotateFile from "winston-daily-rotate-file";

export type LogFileOptions = {
  readonly dir: string;
  readonly name: string;
  readonly level: string;
  readonly keptDays: number;
};

/**
 * One log file per UTC day. A full disk or a directory that vanished is reported once per file, and the lines
 * are lost until the next day's file opens: unguarded, the rotation throws into whoever logs, and a failed
 * write ends the process as an unhandled `error` event.
 */
export class LogFile extends DailyRotateFile {
  readonly #report: (error: unknown) => void;
  #hasFailed = false;

  constructor({ dir, name, level, keptDays }: LogFileOptions, report: (error: unknown) => void) {
    const auditFile = join(dir, `.${name}-audit.json`);
    removeBrokenAudit(auditFile);
    super({
      level,
      dirname: dir,
      filename: `${name}-%DATE%.log`,
      datePattern: "YYYY-MM-DD",
      utc: true,
      maxFiles: `${keptDays}d`,
      auditFile,
    });
    this.#report = report;
    this.logStream.on("error", (error) => this.#fail(error));
    this.on("new", () => {
      this.#hasFailed = false;
    });
  }

  override log(entry: LogEntry, next: () => void): void {
    try {
      super.log?.(entry, next);
    } catch (error) {
      this.#fail(error);
      next();
    }
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#report(error);
  }
}

/** A full disk cuts the list of files short, and with a list that it cannot parse the rotation removes none. */
function removeBrokenAudit(path: string): void {
  try {
    JSON.parse(readFileSync(path, "utf8"));
  } catch {
    rmSync(path, { force: true });
  }
}
