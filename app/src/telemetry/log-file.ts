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
    super({
      level,
      dirname: dir,
      filename: `${name}-%DATE%.log`,
      datePattern: "YYYY-MM-DD",
      utc: true,
      maxFiles: `${keptDays}d`,
      auditFile: `${dir}/.${name}-audit.json`,
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
