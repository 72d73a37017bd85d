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
  const text = header?.toLowerCase();
  return text === token || text?.split(",").some((entry) => entry.trim() === token) === true;
}
