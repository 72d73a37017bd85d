import type { JWTPayload, JWTVerifyOptions } from "jose";
import { limits } from "../../protocol/limits.ts";

const base64Url = /^[\w-]+$/;
/** What a decoder writes where bytes are no UTF-8. */
const replacement = "\ufffd";

/**
 * The claims of a payload that is rightly signed, where all is plainly well with them. Null says nothing: jose, which
 * takes as long for this as for half of a signature, tells what is wrong, and judges what is rare, such as a list of
 * audiences. Whatever is accepted here jose accepts as well.
 */
export class PlainClaims {
  /** Where payloads are decoded: bytes of its own cost each more than the decoding. */
  readonly #bytes = Buffer.alloc(limits.tokenChars);

  read(payload: string, options: JWTVerifyOptions): JWTPayload | null {
    const claims = parse(this.#decode(payload));
    if (claims === null || !Object.hasOwn(claims, "sub")) return null;
    const { issuer, audience, clockTolerance, currentDate } = options;
    const isOurs = (issuer ?? claims.iss) === claims.iss && (audience ?? claims.aud) === claims.aud;
    const now = Math.floor((currentDate?.getTime() ?? Number.NaN) / 1000);
    return isOurs && isNow(claims, now, Number(clockTolerance)) ? claims : null;
  }

  /** Empty where it cannot be decoded. */
  #decode(payload: string): string {
    if (payload.length > this.#bytes.length || !base64Url.test(payload)) return "";
    return this.#bytes.toString("utf8", 0, this.#bytes.write(payload, "base64url"));
  }
}

function parse(text: string): JWTPayload | null {
  if (text.includes(replacement)) return null;
  try {
    const claims: unknown = JSON.parse(text);
    return typeof claims === "object" ? (claims as JWTPayload | null) : null;
  } catch {
    return null;
  }
}

/** All in seconds. */
function isNow(
  { exp, nbf = Number.NEGATIVE_INFINITY, iat = 0 }: JWTPayload,
  now: number,
  skew: number,
): boolean {
  if (typeof exp !== "number" || typeof nbf !== "number" || typeof iat !== "number") return false;
  return exp > now - skew && nbf <= now + skew;
}
