/** Never printed, whatever is wrong with them. URLs may carry credentials. */
export const secretVariables: ReadonlySet<string> = new Set([
  "METRICS_TOKEN",
  "JWT_SECRET",
  "DEPLOY_PROBE_TOKENS",
  "REDIS_URL",
  "JWKS_URL",
]);
