import { websocketVersion } from "./handshake-refusal.ts";

/** Whether a request asks for a WebSocket at all (RFC 6455 §4.2.1). */
export function asksForWebSocket({ method, headers }: Request): boolean {
  return (
    method === "GET" &&
    hasToken(headers.get("upgrade"), "websocket") &&
    hasToken(headers.get("connection"), "upgrade")
  );
}

export function speaksOurVersion({ headers }: Request): boolean {
  return headers.get("sec-websocket-version") === websocketVersion;
}

function hasToken(header: string | null, token: string): boolean {
  if (header === null) return false;
  return header
    .toLowerCase()
    .split(",")
    .some((entry) => entry.trim() === token);
}
