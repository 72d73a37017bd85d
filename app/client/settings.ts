import { isConnectionId } from "../src/protocol/names.ts";
import type { ClientOptions, Settings, WebSocketClass } from "./options.ts";
import { randomId } from "./random-id.ts";

/** Checks the options and fills in what is left out. Throws TypeError. */
export function settle({ url, token, getToken, WebSocket, ...options }: ClientOptions): Settings {
  const settings = {
    connectionId: randomId(),
    reconnectDelayMs: 1000,
    reconnectDelayMaxMs: 5000,
    reconnectAttemptsMax: Number.POSITIVE_INFINITY,
    handover: true,
    pipeline: 1,
    outboxMax: 1000,
    answerTimeoutMs: 30_000,
    ...options,
    base: baseOf(url),
    getToken: getToken ?? (token === undefined ? null : () => token),
    isTokenFixed: getToken === undefined,
    WebSocket: WebSocket ?? (globalThis.WebSocket as WebSocketClass | undefined) ?? missingWebSocket(),
  };
  if (!isConnectionId(settings.connectionId))
    throw new TypeError("connectionId: expected 1 to 64 of the characters A-Z a-z 0-9 _ -");
  return settings;
}

function baseOf(url: ClientOptions["url"]): string {
  const text = typeof url === "object" ? url.href : (url ?? globalThis.location?.origin);
  if (text === undefined) throw new TypeError("url: say where the server is, such as http://localhost:3001");
  const { protocol, host, pathname } = new URL(text);
  if (!/^(ws|http)s?:$/.test(protocol))
    throw new TypeError(`url: expected http, https, ws or wss, not ${protocol}`);
  return `${protocol.replace("ws", "http")}//${host}${pathname.replace(/\/+$/, "")}`;
}

function missingWebSocket(): never {
  throw new TypeError(
    "This runtime has no WebSocket: pass one, as in createClient({WebSocket: (await import('ws')).WebSocket})",
  );
}
