import type { HandshakeRequest } from "../chat/doorkeeper.ts";
import { isConnectionId } from "../protocol/names.ts";
import type { Log } from "../telemetry/log.ts";
import type { Identification } from "./auth/identifier.ts";
import type { ClientAddresses } from "./client-address.ts";
import type { HandshakeRate } from "./handshake-rate.ts";
import { type RefusedHandshake, refuseHandshake } from "./handshake-refusal.ts";
import { normalizeOrigin } from "./origin.ts";
import type { OriginPolicy } from "./origin-policy.ts";
import { readSubprotocolOffer } from "./subprotocol-offer.ts";
import { findTokens } from "./tokens.ts";
import { asksForWebSocket } from "./websocket-request.ts";

export interface HandshakeDependencies {
  readonly addresses: ClientAddresses;
  readonly origins: OriginPolicy;
  readonly rate: HandshakeRate;
  readonly log: Log;
}

/** What a request says, before it is known who sent it. */
export interface ReadHandshake {
  readonly ok: true;
  readonly connectionId: string;
  readonly token: string | null;
  /** Null is exempt from limits by address. */
  readonly address: string | null;
  /** False: a plain GET, which asks what the verdict would be. */
  readonly asksForWebSocket: boolean;
  /** False if the client offered none, which means version 1 too. */
  readonly selectsSubprotocol: boolean;
}

export interface IdentifiedHandshake {
  readonly ok: true;
  readonly handshake: HandshakeRequest;
}

/** Reads handshakes in a fixed order, and takes nothing but a try: a plain GET is read alike. */
export class Handshakes {
  readonly #deps: HandshakeDependencies;
  #hasWarned = false;

  constructor(deps: HandshakeDependencies) {
    this.#deps = deps;
  }

  read(request: Request, peer: string, connectionId: string): ReadHandshake | RefusedHandshake {
    if (!isConnectionId(connectionId)) return refuseHandshake("bad_request", badConnectionId);
    if (!this.#deps.origins.admits(request, peer)) return refuseOrigin(request);
    const offer = readSubprotocolOffer(request.headers.get("sec-websocket-protocol"));
    if (!offer.isSupported) return refuseHandshake("unsupported_version");
    const [token = null, ...others] = findTokens(request, offer.tokens);
    if (others.length > 0) return refuseHandshake("bad_request", manyTokens);
    const address = this.#addressOf(request, peer);
    const isReal = asksForWebSocket(request);
    if (!this.#mayTry(address, isReal)) return refuseHandshake("handshake_rate");
    const selectsSubprotocol = offer.isMade;
    return { ok: true, connectionId, token, address, asksForWebSocket: isReal, selectsSubprotocol };
  }

  /** What is asked for, now that it is known who asks. */
  identify(asked: ReadHandshake, identified: Identification): RefusedHandshake | IdentifiedHandshake {
    if (!identified.ok) return this.#refuseUnknown(asked, identified);
    const { connectionId, address } = asked;
    return { ok: true, handshake: { connectionId, identity: identified.identity, address } };
  }

  #mayTry(address: string | null, isReal: boolean): boolean {
    const { rate } = this.#deps;
    return (isReal ? rate.take(address) : rate.waitMs(address)) === 0;
  }

  #refuseUnknown({ token, address, ...asked }: ReadHandshake, refused: RefusedHandshake): RefusedHandshake {
    if (token !== null && refused.code === "unauthorized")
      this.#deps.rate.note(address, asked.asksForWebSocket ? 1 : 0);
    return refused;
  }

  #addressOf(request: Request, peer: string): string | null {
    const client = this.#deps.addresses.find(peer, request.headers.get("x-forwarded-for"));
    if (!client.isSilentProxy) return client.key;
    if (!this.#hasWarned) this.#deps.log.warn("proxy.unidentified", { peer, message: silentProxy });
    this.#hasWarned = true;
    return null;
  }
}

const badConnectionId = "connectionId: expected 1 to 64 of the characters A-Z a-z 0-9 _ -.";
const manyTokens = "Send the token once: as a subprotocol, in Authorization or as ?token=.";
const silentProxy =
  "A trusted proxy sends no X-Forwarded-For: what comes from it is exempt from limits per address.";

function refuseOrigin(request: Request): RefusedHandshake {
  const name = normalizeOrigin(request.headers.get("origin") ?? "");
  if (name === null) return refuseHandshake("origin_forbidden");
  return refuseHandshake(
    "origin_forbidden",
    `Pages of ${name} may not connect: ALLOWED_ORIGINS must list ${name}.`,
  );
}
