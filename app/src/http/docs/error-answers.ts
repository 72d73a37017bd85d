import { Type } from "@sinclair/typebox";
import type { ErrorCode } from "../../protocol/errors.ts";
import { errorBody, type HttpErrorCode, httpErrors } from "../http-errors.ts";
import { commonHeaders } from "./common-headers.ts";

const count = Type.Integer({ minimum: 0 });

export const errorSchema = Type.Object({
  error: Type.Object({
    code: Type.String({ enum: Object.keys(httpErrors) }),
    message: Type.String({ description: "For people; may change." }),
    retryAfterMs: Type.Optional(count),
  }),
});

/** What every operation may refuse with. */
const always: readonly ErrorCode[] = [
  "bad_message",
  "unauthorized",
  // Of any text: the document counts characters where we count UTF-16 units, and cannot say it better.
  "too_large",
  "rate_limited",
  "internal",
  "unavailable",
];

const seconds = { schema: Type.Integer({ minimum: 1 }), description: "Seconds.", required: true };

const extraHeaders: Readonly<Record<number, object>> = {
  401: { "WWW-Authenticate": { schema: Type.String(), required: true } },
  429: { "Retry-After": seconds },
  503: { "Retry-After": seconds },
};

/** Each status that an operation may refuse with. */
export function describeRefusals(own: readonly ErrorCode[]): Record<number, object> {
  const codes = [...new Set([...always, ...own])] as HttpErrorCode[];
  const entries = codes.map((code) => [httpErrors[code].status, describeRefusal(code)] as const);
  return Object.fromEntries(entries);
}

function describeRefusal(code: HttpErrorCode): object {
  const { status, message } = httpErrors[code];
  return {
    description: `\`${code}\`: ${message}`,
    headers: { ...commonHeaders, ...extraHeaders[status] },
    content: {
      "application/json": { schema: { $ref: "#/components/schemas/Error" }, example: exampleOf(code) },
    },
  };
}

function exampleOf(code: HttpErrorCode): object {
  const body = errorBody(code);
  return code === "rate_limited" ? { error: { ...body.error, retryAfterMs: 400 } } : body;
}
