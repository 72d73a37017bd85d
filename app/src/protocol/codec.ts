import { ValueErrorType } from "@sinclair/typebox/errors";
import { type Command, type CommandType, commandPayloads, commandTypes, payloadChecks } from "./commands.ts";
import { describeRefusal, type ErrorCode, errors, type Refusal } from "./errors.ts";
import type { EventType } from "./events.ts";
import { inspectJson, inspectSize, type Problem } from "./inspect-json.ts";
import { limits } from "./limits.ts";

/** Text frames in, checked commands out; events in, text frames out. */

export type Decoded =
  | { readonly ok: true; readonly id: string | null; readonly type: CommandType; readonly command: Command }
  /** `type` is empty where the frame names none. */
  | (Refusal & { readonly id: string | null; readonly type: string });

export function decodeCommand(text: string): Decoded {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused(null, "", "bad_message", "The frame is not valid JSON.");
  }
  return checkCommand(value);
}

/** Checks a parsed frame, or one command inside a batch. */
export function checkCommand(value: unknown): Decoded {
  if (!isRecord(value)) return refused(null, "", "bad_message", "A frame is a JSON object.");
  const { type, payload = {} } = value;
  const id = value.id ?? null;
  if (id !== null && !isCommandId(id)) {
    return refused(
      null,
      "",
      "bad_message",
      `id: expected a string of 1 to ${limits.commandIdChars} characters.`,
    );
  }
  if (typeof type !== "string" || type === "")
    return refused(id, "", "bad_message", "type: expected the name of a command.");
  const check = payloadChecks.get(type);
  if (check === undefined) return refused(id, type, "unknown_type");
  if (!check.Check(payload)) return refusedPayload(id, type, payload);
  const problem = findProblem(type as CommandType, payload as Record<string, unknown>);
  if (problem !== null) return refused(id, type, problem.code, problem.message);
  return { ok: true, id, type: type as CommandType, command: { type, id, payload } as Command };
}

function refused(
  id: string | null,
  type: string,
  code: ErrorCode,
  message: string = errors[code].message,
): Decoded {
  return { ok: false, id, type, code, message };
}

function refusedPayload(id: string | null, type: string, payload: unknown): Decoded {
  const error = payloadChecks.get(type)?.Errors(payload).First();
  const isTooLarge =
    error?.type === ValueErrorType.StringMaxLength || error?.type === ValueErrorType.ArrayMaxItems;
  const path = `payload${(error?.path ?? "").replaceAll("/", ".")}`;
  return refused(
    id,
    type,
    isTooLarge ? "too_large" : "bad_message",
    `${path}: ${error?.message ?? "not valid"}.`,
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isCommandId = (value: unknown): value is string =>
  typeof value === "string" &&
  value.length > 0 &&
  value.length <= limits.commandIdChars &&
  value.isWellFormed();

/** The fields that hold what clients wrote: whatever the schema lets through is kept, so it has to be checked. */
const freeFields = ["content", "meta", "emoji"] as const;

type FreeField = (typeof freeFields)[number];

/** Those that a command has; fields that its schema does not name are ignored. */
const freeFieldsOf = new Map<CommandType, readonly FreeField[]>(
  commandTypes.map((type) => [type, freeFields.filter((field) => field in commandPayloads[type].properties)]),
);

/** What a schema cannot say: well-formed text, bounded nesting, sizes in bytes. */
function findProblem(type: CommandType, payload: Record<string, unknown>): Problem | null {
  for (const field of freeFieldsOf.get(type) ?? []) {
    const value = payload[field];
    if (value === undefined) continue;
    const path = `payload.${field}`;
    const problem =
      inspectJson(path, value) ?? (field === "meta" ? inspectSize(path, value, limits.metaBytes) : null);
    if (problem !== null) return problem;
  }
  return null;
}

/** One event as a text frame. `id` is the command that it answers. */
export function encodeEvent(type: EventType, payload: unknown, id: string | null = null): string {
  return id === null ? JSON.stringify({ type, payload }) : JSON.stringify({ type, id, payload });
}

export function encodeError(
  code: ErrorCode,
  id: string | null,
  message: string = errors[code].message,
  retryAfterMs?: number,
): string {
  return encodeEvent("error", describeRefusal({ code, message, retryAfterMs }), id);
}

/** Several encoded events as one frame; one stays as it is. */
export function packFrames(frames: readonly string[]): string {
  const [first] = frames;
  if (frames.length === 1 && first !== undefined) return first;
  return `{"type":"batch","payload":{"events":[${frames.join(",")}]}}`;
}
