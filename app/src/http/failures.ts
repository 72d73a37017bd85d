import { Elysia } from "elysia";
import { EngineUnavailable } from "../chat/engine.ts";
import type { Log } from "../telemetry/log.ts";
import { allowedMethods } from "./allowed-methods.ts";
import { type HttpErrorCode, httpErrors, refuseHttp } from "./http-errors.ts";

interface FailureDependencies {
  readonly log: Log;
  /** Asked at the time of a failure, when all routes are known. */
  readonly routes: () => readonly { readonly method: string; readonly path: string }[];
}

/** The one place where what a handler throws becomes an answer; nothing of it is told to the client. */
export function failures({ log, routes }: FailureDependencies) {
  return new Elysia({ name: "failures" }).onError(
    { as: "global" },
    ({ code, error, request, route, path, set }) => {
      const allowed = code === "NOT_FOUND" ? allowedMethods(routes(), path) : [];
      const kind = allowed.length > 0 ? "method_not_allowed" : kindOf(code, error);
      if (kind === "method_not_allowed") set.headers.allow = allowed.join(", ");
      if (kind === "internal") log.error("http.failed", { route, method: request.method, error });
      set.headers["cache-control"] = "no-store";
      return refuseHttp(kind, set);
    },
  );
}

/** The same for what is answered past Elysia. */
export function answerFault(
  log: Log,
  place: { readonly route: string; readonly method: string },
  error: unknown,
): Response {
  const kind = kindOf("UNKNOWN", error);
  if (kind === "internal") log.error("http.failed", { ...place, error });
  const set = { headers: { "cache-control": "no-store" } };
  const body = refuseHttp(kind, set);
  return Response.json(body, { status: httpErrors[kind].status, headers: set.headers });
}

function kindOf(code: string | number, error: unknown): HttpErrorCode {
  if (error instanceof EngineUnavailable) return "unavailable";
  switch (code) {
    case "NOT_FOUND":
      return "not_found";
    case "PARSE":
    case "VALIDATION":
    case "INVALID_FILE_TYPE":
    case "INVALID_COOKIE_SIGNATURE":
      return "bad_request";
    default:
      return "internal";
  }
}
