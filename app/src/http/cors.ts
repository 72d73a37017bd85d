import type { OriginPolicy } from "./origin-policy.ts";

/** How long a browser may remember a preflight; more than some allow serves nobody. */
const preflightSeconds = 600;

const answerHeaders = { vary: "Origin", "access-control-expose-headers": "Retry-After, X-Served-By" };

const preflightHeaders = {
  "access-control-allow-methods": "GET, HEAD",
  "access-control-allow-headers": "Authorization",
  "access-control-max-age": String(preflightSeconds),
};

/** What a page of another origin needs in order to read our answer. Pages that may not connect get nothing. */
export function corsHeaders(request: Request, peer: string, origins: OriginPolicy): Record<string, string> {
  const origin = request.headers.get("origin");
  if (origin === null || !origins.admits(request, peer)) return { vary: "Origin" };
  const preflight = request.method === "OPTIONS" ? preflightHeaders : {};
  return { ...answerHeaders, ...preflight, "access-control-allow-origin": origin };
}
