import type { ErrorCode, Refusal } from "../protocol/errors.ts";

/** What every path but the handshake refuses with, and how a fault looks from outside. */
export const httpErrors = {
  bad_request: { status: 400, message: "The request is not valid." },
  bad_message: { status: 400, message: "The request is not valid." },
  unauthorized: { status: 401, message: "A valid token is required." },
  forbidden: { status: 403, message: "You may not do this." },
  not_found: { status: 404, message: "There is nothing here." },
  method_not_allowed: { status: 405, message: "This method is not allowed here." },
  id_conflict: { status: 409, message: "Another command was stored under this id." },
  too_large: { status: 413, message: "This is larger than the limit." },
  rate_limited: { status: 429, message: "Too many requests: slow down." },
  internal: { status: 500, message: "Something failed here." },
  unavailable: { status: 503, message: "The outcome is unknown: repeat with the same id." },
} as const;

export type HttpErrorCode = keyof typeof httpErrors;

export interface ErrorBody {
  readonly error: { readonly code: HttpErrorCode; readonly message: string; readonly retryAfterMs?: number };
}

export function errorBody(code: HttpErrorCode, message: string = httpErrors[code].message): ErrorBody {
  return { error: { code, message } };
}

/** When a client may try again whom nobody told a better time. */
const retryAfterSeconds = { rate_limited: "1", unavailable: "2" } as const;

/** Headers that a status asks for: RFC 9110 §15.5.2 (401) and §15.6.4 (503), RFC 6585 §4 (429). */
function headersOf(code: HttpErrorCode): Readonly<Record<string, string>> {
  if (code === "unauthorized") return { "www-authenticate": "Bearer" };
  if (code === "rate_limited" || code === "unavailable") return { "retry-after": retryAfterSeconds[code] };
  return {};
}

/** What an answer is given besides its body. */
export interface AnswerSettings {
  status?: number | string;
  headers: Record<string, string | number>;
}

/** Refuses in a handler's way: sets status and headers, and makes the body. */
export function refuseHttp(code: HttpErrorCode, set: AnswerSettings, message?: string): ErrorBody {
  set.status = httpErrors[code].status;
  Object.assign(set.headers, headersOf(code));
  return errorBody(code, message);
}

/** A refusal of the chat layer in terms of HTTP. Throws for a code that only sockets know: it is our fault, then. */
export function answerRefused(
  { code, message, retryAfterMs }: Omit<Refusal, "ok">,
  set: AnswerSettings,
): ErrorBody {
  if (!isHttpCode(code)) throw new Error(`no HTTP request is refused with ${code}`);
  const body = refuseHttp(code, set, message);
  if (retryAfterMs === undefined) return body;
  set.headers["retry-after"] = String(Math.ceil(retryAfterMs / 1000));
  return { error: { ...body.error, retryAfterMs } };
}

const isHttpCode = (code: ErrorCode): code is ErrorCode & HttpErrorCode => code in httpErrors;
