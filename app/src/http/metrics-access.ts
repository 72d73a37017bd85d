import { createHash, timingSafeEqual } from "node:crypto";
import type { ClientAddresses } from "./client-address.ts";

const relayHeaders = ["forwarded", "via", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

/** Who may read the metrics: with a token who has it, without one who is on this machine or a private network. */
export class MetricsAccess {
  readonly #addresses: ClientAddresses;
  readonly #token: string | undefined;

  constructor(addresses: ClientAddresses, token: string | undefined) {
    this.#addresses = addresses;
    this.#token = token;
  }

  /** Null: allowed. */
  refusal({ headers }: Request, peer: string): "unauthorized" | "forbidden" | null {
    if (this.#token !== undefined) return isBearer(headers, this.#token) ? null : "unauthorized";
    const client = this.#addresses.find(peer, headers.get("x-forwarded-for"));
    // A proxy that names nobody may speak for anybody, even if its own address is a private one.
    const isRelayed = client.isSilentProxy && relayHeaders.some((name) => headers.has(name));
    return client.isLocal && !isRelayed ? null : "forbidden";
  }
}

/** Compares digests: they have one length, and how many characters match does not show in the time it takes. */
function isBearer(headers: Headers, token: string): boolean {
  const [, given] = /^bearer +(.*)$/i.exec(headers.get("authorization") ?? "") ?? [];
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
