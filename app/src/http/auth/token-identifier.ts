import { refuseHandshake } from "../handshake-refusal.ts";
import type { Authenticator } from "./authenticator.ts";
import type { Identification, Identifier } from "./identifier.ts";

/** Everybody is who their token says. */
export class TokenIdentifier implements Identifier {
  readonly #authenticator: Pick<Authenticator, "known" | "verify">;

  constructor(authenticator: Pick<Authenticator, "known" | "verify">) {
    this.#authenticator = authenticator;
  }

  identify(_connectionId: string, token: string | null): Identification | Promise<Identification> {
    if (token === null) return refuseHandshake("unauthorized");
    const identity = this.#authenticator.known(token);
    return identity === null ? this.#verify(token) : { ok: true, identity };
  }

  async #verify(token: string): Promise<Identification> {
    const verdict = await this.#authenticator.verify(token);
    return verdict.ok ? verdict : refuseHandshake(verdict.code, verdict.message);
  }
}
