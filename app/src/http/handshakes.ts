import type { HandshakeRequest, Hub } from "../chat/hub.ts";
import { guestIdentity } from "../chat/identity.ts";
import { isConnectionId } from "../protocol/names.ts";
import type { Log } from "../telemetry/log.ts";
import type { ClientAddresses } from "./client-address.ts";
import type { Guests } from "./guests.ts";
import { type RefusedHandshake, refuseHandshake } from "./handshake-refusal.ts";
import { normalizeOrigin } from "./origin.ts";
import type { OriginPolicy } from "./origin-policy.ts";
import { readSubprotocolOffer } from "./subprotocol-offer.ts";
import { findTokens } from "./tokens.ts";

export interface HandshakeDependencies {
  readonly hub: Pick<Hub, "verdict">;
  readonly guests: Guests;
  readonly addresses: ClientAddresses;
  readonly origins: OriginPolicy;
  readonly log: Log;
}

export interface AcceptedHandshake {
  readonly ok: true;
  readonly handshake: HandshakeRequest;
  /** False if the client offered none, which means version 1 too. */
  readonly selectsSubprotocol: boolean;
}

/** Judges handshakes in a fixed order, and claims nothing: a plain GET asks for the same verdict. */
export class Handshakes {
  readonly #deps: HandshakeDependencies;
  #hasWarned = false;

  constructor(deps: HandshakeDependencies) {
    this.#deps = deps;
  }

  judge(request: Request, peer: string, connectionId: string): AcceptedHandshake | RefusedHandshake {
    if (!isConnectionId(connectionId)) return refuseHandshake("bad_request", badConnectionId);
    if (!this.#deps.origins.admits(request, peer)) return refuseOrigin(request);
    const offer = readSubprotocolOffer(request.headers.get("sec-websocket-protocol"));
    if (!offer.isSupported) return refuseHandshake("unsupported_version");
    const tokens = findTokens(request, offer.tokens);
    if (tokens.length > 1) return refuseHandshake("bad_request", manyTokens);
    if (tokens.length === 1) return refuseHandshake("unauthorized", uncheckableToken);
    const user = this.#deps.guests.identify(connectionId);
    if (user === null) return refuseHandshake("unavailable");
    const handshake = { connectionId, identity: guestIdentity(user), address: this.#addressOf(request, peer) };
    const refusal = this.#deps.hub.verdict(handshake);
    if (refusal !== null) return refuseHandshake(refusal);
    return { ok: true, handshake, selectsSubprotocol: offer.isMade };
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
const uncheckableToken = "This server is in guest mode and cannot check a token: connect without one.";
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
