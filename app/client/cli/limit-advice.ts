import { harmless } from "./harmless.ts";

/** Which variable of the server lifts which limit. */
const variables: Readonly<Record<string, string>> = {
  connection_limit_ip: "MAX_CONNECTIONS_PER_IP",
  connection_limit_user: "MAX_CONNECTIONS_PER_USER",
  handshake_rate: "HANDSHAKES_PER_SECOND_PER_IP",
  server_full: "MAX_CONNECTIONS",
  rate_limited: "MESSAGES_PER_MINUTE",
};

/** What stopped us, and what to do about it. */
export function adviseOn({ code, message }: { readonly code: string; readonly message: string }): string {
  const variable = variables[code];
  if (variable !== undefined) return `${code}: start the server with a higher ${variable}; 0 turns it off.`;
  if (code === "http_429") return `${code}: a proxy in front of the server limits how fast clients may come.`;
  return `${harmless(code)}: ${harmless(message)}`;
}
