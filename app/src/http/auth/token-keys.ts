import type { JWTPayload, JWTVerifyOptions } from "jose";

/** How things are with keys that have to be fetched. */
export interface KeysHealth {
  /** Whether they could be had when they were last asked for; false at first. */
  readonly isHealthy: boolean;
  /** Since they were fetched; null: never. */
  readonly ageMs: number | null;
}

/** What signatures are checked with. */
export interface TokenKeys {
  /** The only ones accepted, whatever a token's header asks for. */
  readonly algorithms: readonly string[];
  /**
   * Changes whenever a key that was good may be so no longer: what was checked before counts no more then. Asked with
   * every token, and so where it is noticed that keys have grown old.
   */
  generation(): number;
  /** Null: nothing has to be fetched. */
  health(): KeysHealth | null;
  /** Gets what can be had in advance. Never rejects. */
  prepare(): Promise<void>;
  /** The claims of a token that is good, where that can be told at once; null says nothing about it. */
  checkAtOnce(token: string, options: JWTVerifyOptions): JWTPayload | null;
  /** Rejects with an error of jose for a token that is not good, with KeysUnavailable where nobody can tell. */
  check(token: string, options: JWTVerifyOptions): Promise<JWTPayload>;
}

export class KeysUnavailable extends Error {}
