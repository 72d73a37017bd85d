import type { ClientAddresses } from "./client-address.ts";
import { isOriginAllowed } from "./origin.ts";

/** Which pages may talk to us, for the handshake and for CORS alike. */
export class OriginPolicy {
  readonly #allowed: readonly string[];
  readonly #addresses: ClientAddresses;

  constructor(allowed: readonly string[], addresses: ClientAddresses) {
    this.#allowed = allowed;
    this.#addresses = addresses;
  }

  /** A request without an Origin is no page's: other programs may send what they like anyway. */
  admits({ headers }: Request, peer: string): boolean {
    const origin = headers.get("origin");
    return origin === null || isOriginAllowed(origin, this.#hostOf(headers, peer), this.#allowed);
  }

  /** Behind several proxies the first entry is the host that the page's user saw. */
  #hostOf(headers: Headers, peer: string): string | null {
    const forwarded = headers.get("x-forwarded-host");
    if (forwarded === null || !this.#addresses.isTrusted(peer)) return headers.get("host");
    return forwarded.split(",", 1)[0]?.trim() ?? null;
  }
}
