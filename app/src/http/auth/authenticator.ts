import { errors, type JWTPayload } from "jose";
import type { Clock } from "../../chat/clock.ts";
import type { Identity, TokenVerdict, TokenVerifier } from "../../chat/identity.ts";
import type { Config } from "../../config.ts";
import { limits } from "../../protocol/limits.ts";
import type { Log } from "../../telemetry/log.ts";
import { readIdentity } from "./read-identity.ts";
import { RemoteKeys } from "./remote-keys.ts";
import { SecretKey } from "./secret-key.ts";
import { type KeysHealth, KeysUnavailable, type TokenKeys } from "./token-keys.ts";
import { tokenProblem, uselessKey } from "./token-problem.ts";
import { VerifiedTokens } from "./verified-tokens.ts";

export interface AuthenticatorDependencies {
  readonly keys: TokenKeys;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** How far the clocks of issuers may be off. */
const skewMs = 5000;

/** Tells whom a token belongs to. */
export class Authenticator implements TokenVerifier {
  readonly #deps: AuthenticatorDependencies;
  readonly #options: Parameters<TokenKeys["check"]>[1];
  readonly #verified = new VerifiedTokens();
  #generation = 0;

  constructor(deps: AuthenticatorDependencies) {
    this.#deps = deps;
    this.#options = {
      algorithms: [...deps.keys.algorithms],
      requiredClaims: ["sub", "exp"],
      clockTolerance: skewMs / 1000,
      ...(deps.issuer === undefined ? {} : { issuer: deps.issuer }),
      ...(deps.audience === undefined ? {} : { audience: deps.audience }),
    };
  }

  keysHealth(): KeysHealth | null {
    return this.#deps.keys.health();
  }

  /** Never rejects. */
  prepare(): Promise<void> {
    return this.#deps.keys.prepare();
  }

  /** Whom a token belongs to, where that can be told at once; null: `verify` tells. */
  known(token: string): Identity | null {
    if (token.length > limits.tokenChars) return null;
    return this.#remembered(token) ?? this.#checkedAtOnce(token);
  }

  async verify(token: string): Promise<TokenVerdict> {
    if (token.length > limits.tokenChars) return refuse(tooLong);
    const known = this.known(token);
    return known === null ? this.#check(token) : { ok: true, identity: known };
  }

  async #check(token: string): Promise<TokenVerdict> {
    const generation = this.#deps.keys.generation();
    try {
      const verdict = this.#judge(await this.#deps.keys.check(token, this.#optionsNow()));
      if (verdict.ok) this.#remember(token, verdict.identity, generation);
      return verdict;
    } catch (error) {
      return this.#refusalOf(error);
    }
  }

  #checkedAtOnce(token: string): Identity | null {
    const claims = this.#deps.keys.checkAtOnce(token, this.#optionsNow());
    const verdict = claims === null ? null : this.#judge(claims);
    return verdict?.ok ? verdict.identity : null;
  }

  #optionsNow() {
    return { ...this.#options, currentDate: new Date(this.#deps.clock.now()) };
  }

  #judge(claims: JWTPayload): TokenVerdict {
    const read = readIdentity(claims);
    if (!read.ok) return refuse(read.message);
    return read.identity.issuedAt > this.#deps.clock.now() + skewMs ? refuse(fromTheFuture) : read;
  }

  #remembered(token: string): Identity | null {
    if (this.#deps.keys.generation() !== this.#generation) return null;
    const identity = this.#verified.get(token);
    return identity === undefined || this.#hasExpired(identity) ? null : identity;
  }

  /** With the generation of keys that there was before the check: if it has changed since, the token is not known. */
  #remember(token: string, identity: Identity, generation: number): void {
    if (generation !== this.#generation) this.#verified.clear();
    this.#generation = generation;
    this.#verified.add(token, identity);
  }

  #hasExpired({ expiresAt }: Identity): boolean {
    return expiresAt !== null && expiresAt + skewMs <= this.#deps.clock.now();
  }

  #refusalOf(error: unknown): TokenVerdict {
    if (error instanceof KeysUnavailable)
      return {
        ok: false,
        code: "unavailable",
        message: "The keys that tokens are checked with cannot be had.",
      };
    if (error instanceof errors.JOSEError) return refuse(tokenProblem(error, this.#deps.keys.algorithms));
    this.#deps.log.error("task.failed", { stage: "token", error });
    return refuse(uselessKey);
  }
}

const tooLong = `The token is longer than ${limits.tokenChars} characters.`;
const fromTheFuture = "The token's `iat` is in the future.";

const refuse = (message: string): TokenVerdict => ({ ok: false, code: "unauthorized", message });

type TokenConfig = Pick<Config, "jwtSecret" | "jwksUrl" | "jwtIssuer" | "jwtAudience">;

/** Null: guest mode. */
export function createAuthenticator(config: TokenConfig, clock: Clock, log: Log): Authenticator | null {
  const keys = createKeys(config, clock, log);
  if (keys === null) return null;
  return new Authenticator({ keys, issuer: config.jwtIssuer, audience: config.jwtAudience, clock, log });
}

function createKeys({ jwtSecret, jwksUrl }: TokenConfig, clock: Clock, log: Log): TokenKeys | null {
  if (jwtSecret !== undefined) return new SecretKey(jwtSecret);
  return jwksUrl === undefined ? null : new RemoteKeys({ url: jwksUrl, clock, log });
}
