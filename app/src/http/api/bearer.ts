import type { Identity, TokenVerifier } from "../../chat/identity.ts";
import { type Refusal, refuse, refuseRate } from "../../protocol/errors.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { ClientAddresses } from "../client-address.ts";

/** Keeps those who try tokens from trying many. Addresses are keys of `ClientAddresses`. */
interface FailedAuthentications {
  /** 0: may try; else ms until it may. */
  waitMs(address: string): number;
  note(address: string): void;
}

export interface BearerDependencies {
  /** Null in guest mode, where no token can be checked. */
  readonly verifier: TokenVerifier | null;
  readonly addresses: ClientAddresses;
  readonly failed: FailedAuthentications;
  readonly metrics: Pick<Metrics, "rateLimited">;
}

export type BearerVerdict = Refusal | { readonly ok: true; readonly identity: Identity };

const noVerifier = "REST asks for a token, and this server can check none: it needs JWT_SECRET or JWKS_URL.";
const noToken = "Send a token as Authorization: Bearer.";

/** Tells who a request of the API is from. */
export class Bearer {
  readonly #deps: BearerDependencies;

  constructor(deps: BearerDependencies) {
    this.#deps = deps;
  }

  async identify({ headers }: Request, peer: string): Promise<BearerVerdict> {
    const { verifier, failed } = this.#deps;
    if (verifier === null) return refuse("unauthorized", noVerifier);
    const token = bearerOf(headers);
    if (token === null) return refuse("unauthorized", noToken);
    const address = this.#addressOf(headers, peer);
    const waitMs = address === null ? 0 : failed.waitMs(address);
    if (waitMs > 0) return this.#refuseTry(waitMs);
    const verdict = await verifier.verify(token);
    if (verdict.ok) return verdict;
    if (verdict.code === "unauthorized" && address !== null) failed.note(address);
    return refuse(verdict.code, verdict.message);
  }

  #refuseTry(waitMs: number): Refusal {
    this.#deps.metrics.rateLimited("authentications");
    return refuseRate(waitMs);
  }

  /** Null: behind a proxy that names nobody, everybody would be refused for what one does. */
  #addressOf(headers: Headers, peer: string): string | null {
    const client = this.#deps.addresses.find(peer, headers.get("x-forwarded-for"));
    return client.isSilentProxy ? null : client.key;
  }
}

/** Several headers arrive as one, with a comma that no token holds. */
function bearerOf(headers: Headers): string | null {
  return /^bearer +([^\s,]+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? null;
}
