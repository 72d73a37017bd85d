import { type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import type { TokenKeys } from "./token-keys.ts";

const algorithm = { name: "HMAC", hash: "SHA-256" };

/** A secret that the issuer of tokens shares with us. */
export class SecretKey implements TokenKeys {
  readonly algorithms = ["HS256"];
  /** Imported once: jose would do it for each token. */
  readonly #key: Promise<CryptoKey>;

  constructor(secret: string) {
    const bytes = new TextEncoder().encode(secret);
    this.#key = crypto.subtle.importKey("raw", bytes, algorithm, false, ["verify"]);
  }

  generation(): number {
    return 0;
  }

  async prepare(): Promise<void> {
    await this.#key;
  }

  async check(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    return (await jwtVerify(token, await this.#key, options)).payload;
  }
}
