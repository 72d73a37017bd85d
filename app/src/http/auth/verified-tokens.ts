import type { Identity } from "../../chat/identity.ts";

const tokensMax = 10_000;
/** Longer ones are rare, and what is remembered of them is as long. */
const tokenCharsMax = 2048;

/**
 * Whom tokens that were checked belong to, by their digest: a client that reconnects and a backend that sends one token
 * with each request would have it checked again and again. The oldest is forgotten first.
 */
export class VerifiedTokens {
  readonly #identities = new Map<string, Identity>();

  /** The caller checks that it has not expired. */
  get(token: string): Identity | undefined {
    if (token.length > tokenCharsMax) return undefined;
    return this.#identities.get(digest(token));
  }

  add(token: string, identity: Identity): void {
    if (token.length > tokenCharsMax) return;
    const [oldest] = this.#identities.size < tokensMax ? [] : this.#identities.keys();
    if (oldest !== undefined) this.#identities.delete(oldest);
    this.#identities.set(digest(token), identity);
  }

  clear(): void {
    this.#identities.clear();
  }
}

const digest = (token: string): string => Bun.SHA256.hash(token, "base64");
