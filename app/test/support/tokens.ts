import { type CryptoKey, type JWTHeaderParameters, SignJWT } from "jose";

/** `undefined` takes a claim away. */
export type Claims = Readonly<Record<string, unknown>>;

export const tokenSecret = "a secret of more than thirty-two bytes";

/** Seconds since 1970, as tokens count. */
export const toSeconds = (ms: number): number => Math.floor(ms / 1000);

/** A token of Alice's that is good for an hour from `now` on, with other claims and header fields where given. */
export function signToken(
  claims: Claims = {},
  {
    now = Date.now(),
    key = new TextEncoder().encode(tokenSecret) as CryptoKey | Uint8Array,
    header = { alg: "HS256" } as JWTHeaderParameters,
  } = {},
): Promise<string> {
  const seconds = toSeconds(now);
  const payload = { sub: "alice", iat: seconds, exp: seconds + 3600, ...claims };
  return new SignJWT(payload).setProtectedHeader(header).sign(key);
}
