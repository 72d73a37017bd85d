export type LogLevel = "error" | "warn" | "info" | "debug";

export type LogEvent =
  | "server.started"
  | "server.stopped"
  | "drain.started"
  | "drain.finished"
  | "connection.opened"
  | "connection.closed"
  | "handshake.refused"
  | "engine.opened"
  | "engine.failed"
  | "engine.recovered"
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

export const noopLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  async close() {},
};
