/** What keeps sockets out without anything being wrong. */
const limitCodes: ReadonlySet<string> = new Set([
  "connection_limit_ip",
  "connection_limit_user",
  "handshake_rate",
  "server_full",
  "http_429",
]);

/** `code`: of a refused handshake. */
export const isLimit = (code: string): boolean => limitCodes.has(code);
