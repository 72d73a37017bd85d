import { HoldlineError } from "./errors.ts";

/** Why a handshake failed. */
export interface Verdict {
  readonly error: HoldlineError;
  /** True: trying again as before cannot help. */
  readonly isFinal: boolean;
  /** Not to come back before, in ms. */
  readonly waitMs: number;
}

/** How long an answer may take. */
const askMaxMs = 5_000;
const waitMsMax = 300_000;

/**
 * Asks the server by a plain GET, since browsers hide the answer of a failed handshake. A proxy in between answers with
 * what it likes: then its status and its `Retry-After` have to do. Never rejects. `headers`: further ones.
 */
export async function askWhy(
  url: string,
  token: string | null,
  headers: Readonly<Record<string, string>> = {},
): Promise<Verdict> {
  try {
    const bearer = token === null ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(url, {
      headers: { ...headers, ...bearer },
      cache: "no-store",
      signal: AbortSignal.timeout(askMaxMs),
    });
    const answer = await response.json().catch(() => null);
    return judge(response, answer?.error);
  } catch {
    return {
      error: new HoldlineError(
        "unreachable",
        "The server cannot be reached, or does not admit pages of this origin.",
        true,
      ),
      isFinal: false,
      waitMs: 0,
    };
  }
}

/** `unauthorized` is not final by itself: there may be another token. A conflict of ids is answered by a new id. */
const finalStatus: ReadonlySet<number> = new Set([400, 403]);

function judge(
  { status, headers }: Response,
  error: { code?: unknown; message?: unknown } | undefined,
): Verdict {
  const isOurs = typeof error?.code === "string";
  const isFinal = isOurs && finalStatus.has(status);
  const code = isOurs ? String(error.code) : `http_${status}`;
  const message = isOurs
    ? String(error.message)
    : `Something before the server answered with status ${status}.`;
  return {
    error: new HoldlineError(code, message, !isFinal),
    isFinal,
    waitMs: waitOf(headers.get("retry-after")),
  };
}

/** `Retry-After` in seconds or as a date (RFC 9110 §10.2.3). */
function waitOf(value: string | null): number {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return ms > 0 ? Math.min(ms, waitMsMax) : 0;
}
