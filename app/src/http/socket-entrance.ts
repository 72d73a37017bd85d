import type { Elysia } from "elysia";
import type { Hub } from "../chat/hub.ts";
import { subprotocol } from "../protocol/names.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { ClientAddresses } from "./client-address.ts";
import { corsHeaders } from "./cors.ts";
import type { Guests } from "./guests.ts";
import {
  answerRefusal,
  type RefusedHandshake,
  refuseHandshake,
  websocketVersion,
} from "./handshake-refusal.ts";
import type { Handshakes } from "./handshakes.ts";
import type { OriginPolicy } from "./origin-policy.ts";
import type { RefusalLog } from "./refusal-log.ts";
import { asksForWebSocket, speaksOurVersion } from "./websocket-request.ts";

export interface SocketEntranceDependencies {
  readonly hub: Pick<Hub, "connect">;
  readonly handshakes: Handshakes;
  readonly guests: Guests;
  readonly addresses: ClientAddresses;
  readonly origins: OriginPolicy;
  readonly refusalLog: RefusalLog;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly color: string;
}

export interface Arrival {
  readonly request: Request;
  readonly server: Elysia["server"];
  readonly connectionId: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

const otherVersion = `This server speaks version ${websocketVersion} of the WebSocket protocol.`;
const badKey = "Sec-WebSocket-Key: expected 16 bytes in Base64.";

/** Turns requests into WebSockets, or says why not. */
export class SocketEntrance {
  readonly #deps: SocketEntranceDependencies;
  /** Made once: filling in headers is a good part of what a handshake costs. */
  readonly #headers: Headers;
  readonly #headersWithSubprotocol: Headers;

  constructor(deps: SocketEntranceDependencies) {
    this.#deps = deps;
    this.#headers = new Headers({ "x-served-by": deps.color });
    this.#headersWithSubprotocol = new Headers({
      "x-served-by": deps.color,
      "sec-websocket-protocol": subprotocol,
    });
  }

  get isReady(): boolean {
    return this.#deps.guests.isReady;
  }

  /** Never rejects: who is not ready refuses handshakes as `unavailable`. */
  async prepare(): Promise<void> {
    try {
      await this.#deps.guests.prepare();
    } catch (error) {
      this.#deps.log.error("task.failed", { stage: "guests", error });
    }
  }

  /** Null: the request has become a WebSocket. */
  enter(arrival: Arrival): Answer | null {
    const peer = peerOf(arrival);
    const refused = this.#open(arrival, peer);
    if (refused === null) return null;
    if (asksForWebSocket(arrival.request)) this.#note(refused, arrival.request, peer);
    return this.#answer(refused, arrival.request, peer);
  }

  preflight(arrival: Arrival): Answer {
    const peer = peerOf(arrival);
    const { origins } = this.#deps;
    if (!origins.admits(arrival.request, peer))
      return this.#answer(refuseHandshake("origin_forbidden"), arrival.request, peer);
    return { status: 204, headers: corsHeaders(arrival.request, peer, origins), body: undefined };
  }

  #open({ request, server, connectionId }: Arrival, peer: string): RefusedHandshake | null {
    const verdict = this.#deps.handshakes.judge(request, peer, connectionId);
    if (!verdict.ok) return verdict;
    if (!asksForWebSocket(request)) return refuseHandshake("upgrade_required");
    if (!speaksOurVersion(request)) return refuseHandshake("upgrade_required", otherVersion);
    const data = this.#deps.hub.connect(verdict.handshake);
    const headers = verdict.selectsSubprotocol ? this.#headersWithSubprotocol : this.#headers;
    return server?.upgrade(request, { data, headers }) ? null : refuseHandshake("bad_request", badKey);
  }

  #note({ code, message }: RefusedHandshake, { headers }: Request, peer: string): void {
    const client = this.#deps.addresses.find(peer, headers.get("x-forwarded-for"));
    this.#deps.metrics.connectionRejected(code);
    this.#deps.refusalLog.note({ code, message, address: client.key });
  }

  #answer(refused: RefusedHandshake, request: Request, peer: string): Answer {
    const { status, headers, body } = answerRefusal(refused);
    return { status, headers: { ...headers, ...corsHeaders(request, peer, this.#deps.origins) }, body };
  }
}

function peerOf({ request, server }: Arrival): string {
  return server?.requestIP(request)?.address ?? "";
}
