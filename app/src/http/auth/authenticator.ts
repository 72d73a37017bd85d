import { errors, type JWTPayload } from "jose";
import type { Clock } from "../../chat/clock.ts";
import type { Identity, TokenVerdict, TokenVerifier } from "../../chat/identity.ts";
import type { Config } from "../../config.ts";
import { limits } from "../../protocol/limits.ts";
import type { Log } from "../../telemetry/log.ts";
import { readIdentity } from "./read-identity.ts";
import { RemoteKeys } from "./remote-keys.ts";
import { SecretKey } from "./secret-key.ts";
import { KeysUnavailable, type TokenKeys } from "./token-keys.ts";
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

  /** Never rejects. */
  prepare(): Promise<void> {
    return this.#deps.keys.prepare();
  }

  /** Whom a token belongs to that was checked a while ago; null if it has to be checked (again). */
  known(token: string): Identity | null {
    if (this.#deps.keys.generation() !== this.#generation) return null;
    const identity = this.#verified.get(token);
    if (identity === undefined || this.#hasExpired(identity)) return null;
    return identity;
  }

  async verify(token: string): Promise<TokenVerdict> {
    if (token.length > limits.tokenChars) return refuse(tooLong);
    const known = this.known(token);
    if (known !== null) return { ok: true, identity: known };
    const generation = this.#deps.keys.generation();
    try {
      return this.#judge(token, await this.#check(token), generation);
    } catch (error) {
      return this.#refusalOf(error);
    }
  }

  #check(token: string): Promise<JWTPayload> {
    const { keys, clock } = this.#deps;
    return keys.check(token, { ...this.#options, currentDate: new Date(clock.now()) });
  }

  #judge(token: string, claims: JWTPayload, generation: number): TokenVerdict {
    const read = readIdentity(claims);
    if (!read.ok) return refuse(read.message);
    if (read.identity.issuedAt > this.#deps.clock.now() + skewMs) return refuse(fromTheFuture);
    this.#remember(token, read.identity, generation);
    return read;
  }

  /** Unless the keys have changed since the token was checked with them. */
  #remember(token: string, identity: Identity, generation: number): void {
    if (generation !== this.#deps.keys.generation()) return;
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
