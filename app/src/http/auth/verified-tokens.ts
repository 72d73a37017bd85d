import type { Identity } from "../../chat/identity.ts";

/** Two generations of them are remembered. */
const generationTokensMax = 500;
/** Longer ones are rare, and what is remembered of them is as long. */
const tokenCharsMax = 2048;

/**
 * Whom tokens that were checked belong to: a backend sends one token with each request, and a client that has lost its
 * connection the one that it had. Few, as a check is cheap enough for a crowd that reconnects, but memory is counted by
 * connection. When a generation is full, the one before it is forgotten: to find the oldest token costs more.
 */
export class VerifiedTokens {
  #recent = new Map<string, Identity>();
  #older = new Map<string, Identity>();

  /** The caller checks that it has not expired. */
  get(token: string): Identity | undefined {
    return this.#recent.get(token) ?? this.#older.get(token);
  }

  add(token: string, identity: Identity): void {
    if (token.length > tokenCharsMax) return;
    if (this.#recent.size === generationTokensMax) this.#turn();
    this.#recent.set(token, identity);
  }

  clear(): void {
    this.#recent.clear();
    this.#older.clear();
  }

  #turn(): void {
    this.#older = this.#recent;
    this.#recent = new Map();
  }
}
