import { timingSafeEqual } from "node:crypto";
import { type JWTPayload, type JWTVerifyOptions, jwtVerify, UnsecuredJWT } from "jose";
import type { TokenKeys } from "./token-keys.ts";

const algorithm = { name: "HMAC", hash: "SHA-256" };
/** Issuers write one header or two. */
const headersMax = 8;
const headerCharsMax = 256;
const unsecuredHeader = Buffer.from('{"alg":"none"}').toString("base64url");

/**
 * A secret that the issuer of tokens shares with us. jose judges the first token of each header, and that takes as long
 * as a third of a handshake; with a header that it has accepted, what is left to check is the signature, which is one
 * digest, and the claims, which jose checks in either case.
 */
export class SecretKey implements TokenKeys {
  readonly algorithms = ["HS256"];
  readonly #secret: Uint8Array<ArrayBuffer>;
  /** Imported once: jose would do it for each token. */
  readonly #key: Promise<CryptoKey>;
  /** As they were written. */
  readonly #acceptedHeaders = new Set<string>();

  constructor(secret: string) {
    this.#secret = new TextEncoder().encode(secret);
    this.#key = crypto.subtle.importKey("raw", this.#secret, algorithm, false, ["verify"]);
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
    try {
      return UnsecuredJWT.decode(`${unsecuredHeader}.${payload}.`, options).payload;
    } catch {
      // What is wrong with it is told by `check`.
      return null;
    }
  }

  async check(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, await this.#key, options);
    this.#accept(token.slice(0, token.indexOf(".")));
    return payload;
  }

  #sign(text: string): string {
    return new Bun.CryptoHasher("sha256", this.#secret).update(text).digest("base64url");
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
