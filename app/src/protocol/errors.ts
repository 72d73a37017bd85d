/** Every error code of the protocol: what it says by default, and whether the same request may succeed later. */
export const errors = {
  bad_message: { message: "The message is not valid.", retryable: false },
  unknown_type: { message: "This server does not serve this command type.", retryable: false },
  unauthorized: { message: "A valid token is required.", retryable: false },
  token_expired: { message: "The token expires soon: send refresh_token.", retryable: true },
  forbidden: { message: "You may not do this.", retryable: false },
  not_joined: { message: "Join the room first.", retryable: false },
  not_found: { message: "There is no such thing.", retryable: false },
  too_large: { message: "This is larger than the limit.", retryable: false },
  id_conflict: { message: "Another command was stored under this id.", retryable: false },
  rate_limited: { message: "Too many commands: slow down.", retryable: true },
  room_limit: { message: "This connection has joined as many rooms as it may.", retryable: false },
  too_many_in_flight: { message: "Too many commands are waiting: await answers first.", retryable: true },
  unavailable: { message: "The outcome is unknown: repeat with the same id.", retryable: true },
  internal: {
    message: "Something failed here; the outcome is unknown: repeat with the same id.",
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;

interface ErrorEntry {
  readonly message: string;
  readonly retryable: boolean;
}

export type ErrorCode = keyof typeof errors;
export const errorCodes = Object.keys(errors) as readonly ErrorCode[];

/** A refusal: the client asked for what it may not have. Never thrown. */
export interface Refusal {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly message: string;
  /** After so many ms the same request may succeed, if nothing else is asked for meanwhile. */
  readonly retryAfterMs?: number | undefined;
}

export const refuse = (code: ErrorCode, message: string = errors[code].message): Refusal => ({
  ok: false,
  code,
  message,
});

/** `retryAfterMs`: whole, at least 1. */
export const refuseRate = (retryAfterMs: number): Refusal => ({ ...refuse("rate_limited"), retryAfterMs });

/** What clients are told of a refusal, in frames, batches and HTTP answers alike. */
export const describeRefusal = ({ code, message, retryAfterMs }: Omit<Refusal, "ok">) => ({
  code,
  message,
  retryable: errors[code].retryable,
  // Left out of the JSON where it is undefined.
  retryAfterMs,
});

/** Why a handshake is refused: the HTTP status of each code, and whether `Retry-After` is sent (in seconds). */
export const handshakeRefusals = {
  bad_request: { status: 400, retryAfterSeconds: null },
  unsupported_version: { status: 400, retryAfterSeconds: null },
  unauthorized: { status: 401, retryAfterSeconds: null },
  origin_forbidden: { status: 403, retryAfterSeconds: null },
  session_taken: { status: 409, retryAfterSeconds: null },
  upgrade_required: { status: 426, retryAfterSeconds: null },
  connection_limit_ip: { status: 429, retryAfterSeconds: 10 },
  connection_limit_user: { status: 429, retryAfterSeconds: 10 },
  handshake_rate: { status: 429, retryAfterSeconds: 1 },
  server_full: { status: 503, retryAfterSeconds: 10 },
  draining: { status: 503, retryAfterSeconds: 1 },
  unavailable: { status: 503, retryAfterSeconds: 2 },
} as const;

export type HandshakeRefusal = keyof typeof handshakeRefusals;
export const handshakeRefusalCodes = Object.keys(handshakeRefusals) as readonly HandshakeRefusal[];
