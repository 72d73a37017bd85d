import type { Identity } from "../../chat/identity.ts";

/** Two generations of them are remembered. */
const generationTokensMax = 5000;
/** Longer ones are rare, and what is remembered of them is as long. */
const tokenCharsMax = 2048;

/**
 * Whom tokens that were checked belong to, by their digest: a client that reconnects and a backend that sends one token
 * with each request would have it checked again and again. When a generation is full, the one before it is forgotten,
 * as finding the oldest token in a map costs more than its digest.
 */
export class VerifiedTokens {
  #recent = new Map<string, Identity>();
  #older = new Map<string, Identity>();

  /** The caller checks that it has not expired. */
  get(token: string): Identity | undefined {
    const key = digest(token);
    return this.#recent.get(key) ?? this.#older.get(key);
  }

  add(token: string, identity: Identity): void {
    if (token.length > tokenCharsMax) return;
    if (this.#recent.size === generationTokensMax) this.#turn();
    this.#recent.set(digest(token), identity);
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

const digest = (token: string): string => Bun.SHA256.hash(token, "base64");
