import type { LogEvent, LogFields, LogLevel } from "./log.ts";

export type LogRecord = {
  readonly time: string;
  readonly level: LogLevel;
  readonly event: LogEvent;
  readonly instance: string;
  readonly color: string;
};

const levelColors = { error: 31, warn: 33, info: 32, debug: 90 } as const;

/** For machines. A field can neither replace a part of the record nor make the line fail. */
export function jsonLine(record: LogRecord, fields: LogFields): string {
  try {
    if (isPlain(record, fields)) return joinObjects(JSON.stringify(record), JSON.stringify(fields));
    return JSON.stringify({ ...record, ...fields, ...record }, plainValue);
  } catch (error) {
    return JSON.stringify({ ...record, unloggable: String(error) });
  }
}

/** Most lines need neither a replacer nor a merged copy, which cost several times as much as the rest. */
function isPlain(record: LogRecord, fields: LogFields): boolean {
  for (const name in fields) {
    const kind = typeof fields[name];
    if (name in record || kind === "object" || kind === "bigint") return false;
  }
  return true;
}

const joinObjects = (first: string, second: string): string =>
  second === "{}" ? first : `${first.slice(0, -1)},${second.slice(1)}`;

/** For people: one line, whatever the fields hold. */
export function readableLine(record: LogRecord, fields: LogFields, hasColors: boolean): string {
  const paint = (code: number, text: string) => (hasColors ? `\u001b[${code}m${text}\u001b[0m` : text);
  const head = [
    paint(90, record.time.slice(11, 23)),
    paint(levelColors[record.level], record.level.padEnd(5)),
    record.event,
  ];
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
  return [...head, ...pairs.map(([key, value]) => `${paint(90, `${key}=`)}${readableValue(value)}`)].join(
    " ",
  );
}

function plainValue(_key: string, value: unknown): unknown {
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
  return typeof value === "bigint" ? String(value) : value;
}

/** Quoted unless plain, since a line break or an escape sequence must not reach the terminal. */
function readableValue(value: unknown): string {
  if (value instanceof Error) return quoted(`${value.name}: ${value.message}`);
  if (typeof value === "object" && value !== null) return escaped(jsonText(value));
  const text = String(value);
  return /^[\w.:/@+-]+$/.test(text) ? text : quoted(text);
}

function jsonText(value: object): string {
  try {
    return JSON.stringify(value, plainValue) ?? "";
  } catch (error) {
    return String(error);
  }
}

function quoted(text: string): string {
  return escaped(JSON.stringify(text));
}

/** JSON leaves the C1 controls as they are, and terminals obey them. */
function escaped(text: string): string {
  return text.replaceAll(/[\u007f-\u009f\u2028\u2029]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
