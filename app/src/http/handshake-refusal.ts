import { type HandshakeRefusal, handshakeRefusals } from "../protocol/errors.ts";
import { subprotocol } from "../protocol/names.ts";

export interface RefusedHandshake {
  readonly ok: false;
  readonly code: HandshakeRefusal;
  readonly message: string;
}

export interface RefusalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: Readonly<Record<string, unknown>> };
}

/** The one version of RFC 6455. */
export const websocketVersion = "13";

const messages: Readonly<Record<HandshakeRefusal, string>> = {
  bad_request: "The request is not valid.",
  unsupported_version: `Offer ${subprotocol} in Sec-WebSocket-Protocol, or no subprotocol at all.`,
  unauthorized: "A valid token is required.",
  origin_forbidden: "Pages of this origin may not connect.",
  session_taken: "This connectionId belongs to another user: choose a new one.",
  upgrade_required: "Here are WebSocket connections only; one would be accepted.",
  connection_limit_ip: "Too many connections from your address.",
  connection_limit_user: "Too many connections of this user.",
  handshake_rate: "Too many attempts to connect: slow down.",
  server_full: "This server has as many connections as it may.",
  draining: "This server is shutting down: connect again.",
  unavailable: "The server cannot reach its storage: try again.",
};

/** Headers that a status asks for: RFC 9110 §15.5.22 and §11.6.1, RFC 6455 §4.4. */
const statusHeaders: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { "www-authenticate": "Bearer" },
  426: { upgrade: "websocket", "sec-websocket-version": websocketVersion },
};

export function refuseHandshake(code: HandshakeRefusal, message: string = messages[code]): RefusedHandshake {
  return { ok: false, code, message };
}

export function answerRefusal({ code, message }: RefusedHandshake): RefusalAnswer {
  const { status, retryAfterSeconds } = handshakeRefusals[code];
  const retry = retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) };
  const list = code === "unsupported_version" ? { supported: [subprotocol] } : {};
  return {
    status,
    headers: { "cache-control": "no-store", ...statusHeaders[status], ...retry },
    body: { error: { code, message, ...list } },
  };
}
