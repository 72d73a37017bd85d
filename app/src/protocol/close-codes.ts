/**
 * Every close code we send or count. 4000–4499: reconnect; 4500–4999: do not. Never 1001, which several clients
 * read as "the page is navigating away" and stay gone.
 */
export const closeCodes = {
  normal: 1000,
  protocol_error: 1002,
  invalid_text: 1007,
  message_too_big: 1009,
  restart: 1012,
  idle_timeout: 4000,
  overloaded: 4002,
  token_expired: 4003,
  flooding: 4004,
  unauthorized: 4500,
  replaced: 4501,
  forbidden: 4502,
  protocol_violation: 4503,
} as const;

export type CloseReason = keyof typeof closeCodes;
export type CloseCode = (typeof closeCodes)[CloseReason];

/** What a peer that vanished without a close frame is counted under (RFC 6455 §7.1.5). */
export const abnormalClosure = 1006;

/** Closing without any code is 1005 (RFC 6455 §7.1.5); Bun reports it for a close frame without payload. */
export const noStatus = 1005;

export const countedCloseCodes: readonly number[] = [
  ...Object.values(closeCodes),
  abnormalClosure,
  noStatus,
  1001,
];

/** Whether a client that was closed with this code should open a new socket. */
export function mayReconnect(code: number): boolean {
  return code < 4500 || code > 4999;
}
