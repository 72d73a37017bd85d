import type { Identity, TokenVerdict, TokenVerifier } from "../../src/chat/identity.ts";

/** Verifies the tokens that it was told of. */
export class KnownTokens implements TokenVerifier {
  readonly #identities = new Map<string, Identity>();
  isAvailable = true;

  add(token: string, identity: Identity): void {
    this.#identities.set(token, identity);
  }

  async verify(token: string): Promise<TokenVerdict> {
    if (!this.isAvailable) return { ok: false, code: "unavailable", message: "The keys are away." };
    const identity = this.#identities.get(token);
    if (identity === undefined) return { ok: false, code: "unauthorized", message: "This is no token." };
    return { ok: true, identity };
  }
}
