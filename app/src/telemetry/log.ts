import { accessSync, constants, mkdirSync } from "node:fs";
import { createLogger, format, type Logger, transports } from "winston";
import { type Line, LineBuffer } from "./line-buffer.ts";
import { LogFile } from "./log-file.ts";
import { jsonLine, readableLine } from "./log-line.ts";

export type LogLevel = "error" | "warn" | "info" | "debug";

export type LogEvent =
  | "server.started"
  | "server.stopped"
  | "server.restarted"
  | "reload.started"
  | "reload.finished"
  | "reload.failed"
  | "worker.started"
  | "worker.ended"
  | "worker.failed"
  | "worker.delayed"
  | "worker.outgrown"
  | "control.failed"
  | "drain.started"
  | "drain.changed"
  | "drain.abandoned"
  | "drain.withdrawn"
  | "drain.finished"
  | "connection.opened"
  | "connection.closed"
  | "handshake.refused"
  | "engine.opened"
  | "engine.failed"
  | "engine.recovered"
  | "engine.warned"
  | "task.failed"
  | "process.failed"
  | "http.failed"
  | "limit.lowered"
  | "guests.allowed"
  | "proxy.unidentified"
  | "log.degraded";

/** Never a token and never message text: the caller's duty, nothing is filtered here. */
export type LogFields = Readonly<Record<string, unknown>>;

/** No method throws, whatever becomes of the files. */
export type Log = {
  debug(event: LogEvent, fields?: LogFields): void;
  info(event: LogEvent, fields?: LogFields): void;
  warn(event: LogEvent, fields?: LogFields): void;
  error(event: LogEvent, fields?: LogFields): void;
  /** Resolves when the files are written, at the latest after a second. */
  close(): Promise<void>;
};

export type LogOptions = {
  readonly level: LogLevel;
  readonly dir: string;
  readonly isProduction: boolean;
  readonly instanceId: string;
  readonly color: string;
  /** Which of several processes that write to `dir`; each has files of its own. */
  readonly worker?: number | undefined;
  /** The console, unless a test wants to read it. */
  readonly output?: NodeJS.WritableStream & { readonly isTTY?: boolean };
};

const ranks: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 };
const closeDeadlineMs = 1000;

/** The console always; files in `dir` as long as they can be written. */
export function createLog(options: LogOptions): Log {
  const logger = createConsoleLogger(options);
  // Only lines that nobody waits for are gathered; a warning goes out at once, and what was before it first.
  const buffer = new LineBuffer((lines) => logger.log({ level: "info", ...lines }));
  const write = createWriter(logger, buffer, options);
  const degraded = (error: unknown) => write("warn", "log.degraded", { dir: options.dir, error });
  const files = openFiles(options, degraded);
  for (const file of files) logger.add(file);
  return {
    debug: (event, fields) => write("debug", event, fields),
    info: (event, fields) => write("info", event, fields),
    warn: (event, fields) => write("warn", event, fields),
    error: (event, fields) => write("error", event, fields),
    close: () => {
      buffer.flush();
      return closeFiles(logger, files);
    },
  };
}

export const noopLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  async close() {},
};

function createConsoleLogger({ level, output = process.stdout }: LogOptions): Logger {
  // Whoever reads our console may go away (`| head`); that must not end the server.
  output.on("error", () => {});
  const line = format.printf((info) => String(info.readable ?? info.message));
  const logger = createLogger({
    levels: ranks,
    level,
    format: format.printf((info) => String(info.message)),
  });
  return logger.add(new transports.Stream({ stream: output, format: line }));
}

type Write = (level: LogLevel, event: LogEvent, fields?: LogFields) => void;

function createWriter(logger: Logger, buffer: LineBuffer, options: LogOptions): Write {
  const { instanceId: instance, color, isProduction, worker: slot, output = process.stdout } = options;
  const hasColors = output.isTTY === true;
  const describe = (level: LogLevel, event: LogEvent, fields: LogFields): Line => {
    const record = { time: new Date().toISOString(), level, event, instance, color };
    const all = slot === undefined ? fields : { slot, ...fields };
    const readable = isProduction ? undefined : readableLine(record, all, hasColors);
    return { message: jsonLine(record, all), readable };
  };
  return (level, event, fields = {}) => {
    // Winston asks each transport only after it has built the line: a silent `debug` would cost as much as a loud one.
    if (ranks[level] > ranks[options.level]) return;
    const line = describe(level, event, fields);
    if (level === "info" || level === "debug") return buffer.add(line);
    buffer.flush();
    logger.log({ level, ...line });
  };
}

function openFiles({ dir, level, worker }: LogOptions, degraded: (error: unknown) => void): LogFile[] {
  try {
    mkdirSync(dir, { recursive: true });
    accessSync(dir, constants.W_OK | constants.X_OK);
    const suffix = worker === undefined ? "" : `-${worker}`;
    return [
      new LogFile({ dir, level, name: `application${suffix}`, keptDays: 14 }, degraded),
      new LogFile({ dir, level: "error", name: `error${suffix}`, keptDays: 30 }, degraded),
    ];
  } catch (error) {
    degraded(error);
    return [];
  }
}

async function closeFiles(logger: Logger, files: readonly LogFile[]): Promise<void> {
  const finished = files.map((file) => new Promise((resolve) => file.once("finish", resolve)));
  for (const file of files) logger.remove(file);
  const deadline = new Promise((resolve) => setTimeout(resolve, closeDeadlineMs).unref());
  await Promise.race([Promise.all(finished), deadline]);
}
