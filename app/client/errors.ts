/**
 * Why something asked for did not happen. `code` is one of the server's error codes, a refused handshake's code, or one of
 * the client's own: `outbox_full`, `closed`, `timeout`, `outcome_unknown`, `overflow`, `no_token`.
 */
export class HoldlineError extends Error {
  override readonly name = "HoldlineError";
  readonly code: string;
  /** Whether the same may succeed later. */
  readonly retryable: boolean;
  /** How long to wait before, in ms, where the server says so. */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, retryable = false, retryAfterMs?: number) {
    super(message);
    this.code = code;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}
