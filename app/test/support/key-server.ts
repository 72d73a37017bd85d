import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters } from "jose";
import { type Claims, signToken } from "./tokens.ts";

/** A key of an issuer's. */
export interface IssuerKey {
  readonly jwk: JWK;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
  sign(claims?: Claims, header?: Partial<JWTHeaderParameters>, now?: number): Promise<string>;
}

export async function makeKey(alg: string, kid?: string): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const named = kid === undefined ? {} : { kid };
  return {
    jwk: { ...(await exportJWK(publicKey)), ...named, use: "sig" },
    publicKey,
    privateKey,
    sign: (claims = {}, header = {}, now = Date.now()) =>
      signToken(claims, { now, key: privateKey, header: { alg, ...named, ...header } }),
  };
}

/** Where an issuer publishes its keys. */
export class KeyServer implements AsyncDisposable {
  requests = 0;
  answer: () => Response | Promise<Response> = () => new Response(null, { status: 503 });
  readonly #server: Bun.Server<undefined>;

  constructor(port = 0) {
    this.#server = Bun.serve({
      port,
      hostname: "127.0.0.1",
      fetch: () => {
        this.requests += 1;
        return this.answer();
      },
    });
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/keys`;
  }

  publish(...keys: readonly (IssuerKey | { readonly jwk: unknown })[]): void {
    this.answer = () => Response.json({ keys: keys.map(({ jwk }) => jwk) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}
