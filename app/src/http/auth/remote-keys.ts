import {
  createLocalJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from "jose";
import type { Clock } from "../../chat/clock.ts";
import { TokenBuckets } from "../../chat/token-buckets.ts";
import type { Log } from "../../telemetry/log.ts";
import { fetchKeySet } from "./fetch-key-set.ts";
import { type KeysHealth, KeysUnavailable, type TokenKeys } from "./token-keys.ts";

export interface RemoteKeysDependencies {
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly timeoutMs?: number;
}

/** How long keys are used before they are asked for again, while those that are there go on being used. */
const freshMs = 600_000;
/** How long keys are trusted that could not be asked for again. */
const trustedMs = 86_400_000;
/** Whoever makes up key ids could otherwise have the key server asked with every token. */
const fetchRate = { capacity: 3, perSecond: 0.1, keysMax: 2 };
const timeoutMsDefault = 5000;
/** A token that names no key is tried with each of its kind. */
const keysMax = 100;
/** Tokens that wait for keys. */
const waitingMax = 1000;

interface KeySet {
  readonly text: string;
  readonly find: JWTVerifyGetKey;
}

/** The keys that an issuer publishes (RFC 7517), asked for when they are needed and then from time to time. */
export class RemoteKeys implements TokenKeys {
  readonly algorithms = ["RS256", "ES256", "EdDSA"];
  readonly #deps: RemoteKeysDependencies;
  readonly #fetches: TokenBuckets;
  #set: KeySet | null = null;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #pending: Promise<void> | null = null;
  #hasFailed = false;
  #waiting = 0;
  #generation = 0;

  constructor(deps: RemoteKeysDependencies) {
    this.#deps = deps;
    this.#fetches = new TokenBuckets(deps.clock, fetchRate);
  }

  generation(): number {
    if (this.#ageMs() > freshMs) void this.prepare();
    if (this.#set !== null && this.#ageMs() > trustedMs) this.#replace(null);
    return this.#generation;
  }

  health(): KeysHealth {
    const ageMs = this.#ageMs();
    const hasKeys = this.#set !== null && !this.#hasFailed;
    return { isHealthy: hasKeys, ageMs: Number.isFinite(ageMs) ? Math.round(ageMs) : null };
  }

  /** Asks for the keys, unless that was done too often of late. */
  prepare(): Promise<void> {
    if (this.#pending !== null) return this.#pending;
    if (this.#fetches.take("keys") > 0) return Promise.resolve();
    this.#pending = this.#fetch().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  /** Public keys take their time. */
  checkAtOnce(): null {
    return null;
  }

  async check(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    const set = this.#set ?? (await this.#fetched());
    if (set === null) throw new KeysUnavailable();
    try {
      return await verifyWith(set.find, token, options);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      return await this.#checkAgain(set, token, options, error);
    }
  }

  /** The issuer may have begun to use a new key. */
  async #checkAgain(
    set: KeySet,
    token: string,
    options: JWTVerifyOptions,
    error: errors.JWKSNoMatchingKey,
  ): Promise<JWTPayload> {
    const renewed = await this.#fetched();
    if (renewed !== null && renewed !== set) return verifyWith(renewed.find, token, options);
    // Nobody can tell whether there is such a key while the key server cannot be reached.
    throw this.#hasFailed ? new KeysUnavailable() : error;
  }

  async #fetched(): Promise<KeySet | null> {
    if (this.#waiting >= waitingMax) throw new KeysUnavailable();
    this.#waiting += 1;
    try {
      await this.prepare();
    } finally {
      this.#waiting -= 1;
    }
    return this.#set;
  }

  async #fetch(): Promise<void> {
    const { url, timeoutMs = timeoutMsDefault } = this.#deps;
    try {
      const text = await fetchKeySet(url, timeoutMs);
      if (text !== this.#set?.text) this.#replace(readKeySet(text));
      this.#fetchedAt = this.#deps.clock.monotonic();
      this.#hasFailed = false;
    } catch (error) {
      this.#failed(error);
    }
  }

  #replace(set: KeySet | null): void {
    this.#set = set;
    this.#generation += 1;
  }

  /** One line per outage. */
  #failed(error: unknown): void {
    if (!this.#hasFailed) this.#deps.log.error("task.failed", { stage: "keys", error });
    this.#hasFailed = true;
  }

  #ageMs(): number {
    return this.#deps.clock.monotonic() - this.#fetchedAt;
  }
}

function readKeySet(text: string): KeySet {
  try {
    const { keys } = JSON.parse(text);
    return { text, find: createLocalJWKSet({ keys: keys.slice(0, keysMax) }) };
  } catch {
    throw new Error("the key server's answer is no key set");
  }
}

async function verifyWith(
  find: JWTVerifyGetKey,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, find, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    return verifyWithEach(error, token, options);
  }
}

/** With each key that may be meant, until one fits. */
async function verifyWithEach(
  candidates: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  for await (const key of candidates) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}
