import type { OriginPolicy } from "./origin-policy.ts";

/** How long a browser may remember a preflight; more than some allow serves nobody. */
const preflightSeconds = 600;

const answerHeaders = { vary: "Origin", "access-control-expose-headers": "Retry-After, X-Served-By" };

/** What pages of other origins may send. */
export interface CorsRules {
  readonly methods: string;
  readonly headers: string;
}

const readOnly: CorsRules = { methods: "GET, HEAD", headers: "Authorization" };
export const readAndWrite: CorsRules = {
  methods: "GET, HEAD, POST, PUT, PATCH, DELETE",
  headers: "Authorization, Content-Type",
};

/** What a page of another origin needs in order to read our answer. Pages that may not connect get nothing. */
export function corsHeaders(
  request: Request,
  peer: string,
  origins: OriginPolicy,
  rules: CorsRules = readOnly,
): Record<string, string> {
  const origin = request.headers.get("origin");
  if (origin === null || !origins.admits(request, peer)) return { vary: "Origin" };
  const preflight = request.method === "OPTIONS" ? preflightHeaders(rules) : {};
  return { ...answerHeaders, ...preflight, "access-control-allow-origin": origin };
}

const preflightHeaders = ({ methods, headers }: CorsRules) => ({
  "access-control-allow-methods": methods,
  "access-control-allow-headers": headers,
  "access-control-max-age": String(preflightSeconds),
});
