import type { JWTPayload, JWTVerifyOptions } from "jose";

/** What signatures are checked with. */
export interface TokenKeys {
  /** The only ones accepted, whatever a token's header asks for. */
  readonly algorithms: readonly string[];
  /** Changes whenever a key that was good may be no longer, so that what was checked before counts no more. */
  readonly generation: number;
  /** Gets what can be had in advance. Never rejects. */
  prepare(): Promise<void>;
  /** Rejects with an error of jose for a token that is not good, with KeysUnavailable where nobody can tell. */
  check(token: string, options: JWTVerifyOptions): Promise<JWTPayload>;
}

export class KeysUnavailable extends Error {}
