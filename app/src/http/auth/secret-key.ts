import { timingSafeEqual } from "node:crypto";
import { type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import { PlainClaims } from "./plain-claims.ts";
import type { TokenKeys } from "./token-keys.ts";

const algorithm = { name: "HMAC", hash: "SHA-256" };
/** Issuers write one header or two. */
const headersMax = 8;
const headerCharsMax = 256;

/**
 * A secret that the issuer of tokens shares with us. jose judges the first token of each header, and that takes as long
 * as a third of a handshake; with a header that it has accepted, what is left to check is the signature, which is one
 * digest, and the claims. Whatever is not plainly right goes to jose all the same.
 */
export class SecretKey implements TokenKeys {
  readonly algorithms = ["HS256"];
  /** Copied for each token: a copy does not have to take the secret in again. */
  readonly #signer: Bun.CryptoHasher;
  /** Imported once: jose would do it for each token. */
  readonly #key: Promise<CryptoKey>;
  readonly #claims = new PlainClaims();
  /** As they were written. */
  readonly #acceptedHeaders = new Set<string>();

  constructor(secret: string) {
    const bytes = new TextEncoder().encode(secret);
    this.#signer = new Bun.CryptoHasher("sha256", bytes);
    this.#key = crypto.subtle.importKey("raw", bytes, algorithm, false, ["verify"]);
  }

  generation(): number {
    return 0;
  }

  health(): null {
    return null;
  }

  async prepare(): Promise<void> {
    await this.#key;
  }

  checkAtOnce(token: string, options: JWTVerifyOptions): JWTPayload | null {
    const [header = "", payload = "", signature = "", ...others] = token.split(".");
    if (others.length > 0 || !this.#acceptedHeaders.has(header)) return null;
    if (!isSame(signature, this.#sign(`${header}.${payload}`))) return null;
    return this.#claims.read(payload, options);
  }

  async check(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, await this.#key, options);
    this.#accept(token.slice(0, token.indexOf(".")));
    return payload;
  }

  #sign(text: string): string {
    return this.#signer.copy().update(text).digest("base64url");
  }

  #accept(header: string): void {
    if (header.length > headerCharsMax || this.#acceptedHeaders.size === headersMax) return;
    this.#acceptedHeaders.add(header);
  }
}

/** In a time that does not tell how much of it is right. */
function isSame(given: string, expected: string): boolean {
  const [bytes, expectedBytes] = [Buffer.from(given), Buffer.from(expected)];
  return bytes.length === expectedBytes.length && timingSafeEqual(bytes, expectedBytes);
}
