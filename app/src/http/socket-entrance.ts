import type { Elysia } from "elysia";
import type { Connection } from "../chat/connection.ts";
import type { Entry, HandshakeRequest } from "../chat/doorkeeper.ts";
import type { Hub } from "../chat/hub.ts";
import type { HandshakeRefusal } from "../protocol/errors.ts";
import { subprotocol } from "../protocol/names.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Identification, Identifier } from "./auth/identifier.ts";
import type { ClientAddresses } from "./client-address.ts";
import { corsHeaders } from "./cors.ts";
import {
  answerRefusal,
  type RefusedHandshake,
  refuseHandshake,
  websocketVersion,
} from "./handshake-refusal.ts";
import type { Handshakes, ReadHandshake } from "./handshakes.ts";
import type { OriginPolicy } from "./origin-policy.ts";
import { peerOf } from "./peer-of.ts";
import type { RefusalLog } from "./refusal-log.ts";
import { asksForWebSocket, speaksOurVersion } from "./websocket-request.ts";

export interface SocketEntranceDependencies {
  readonly hub: Pick<Hub, "doorkeeper">;
  readonly handshakes: Handshakes;
  readonly identifier: Identifier;
  readonly addresses: ClientAddresses;
  readonly origins: OriginPolicy;
  readonly refusalLog: RefusalLog;
  readonly metrics: Metrics;
  readonly color: string;
}

export interface Arrival {
  readonly request: Request;
  readonly server: Elysia["server"];
  readonly connectionId: string;
  /** The pattern that its path has matched. */
  readonly route: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

const otherVersion = `This server speaks version ${websocketVersion} of the WebSocket protocol.`;
const badKey = "Sec-WebSocket-Key: expected 16 bytes in Base64.";

/** Whoever builds a page that may not connect has to be told so: the answer says nothing else. */
const forEveryPage = { "access-control-allow-origin": "*" };

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

  /**
   * Null: the request has become a WebSocket. Waits only where somebody has to be asked. Measures by itself: hooks that
   * would do it cost each handshake more than all its checks.
   */
  enter(arrival: Arrival): Answer | null | Promise<Answer | null> {
    const startedAt = performance.now();
    const answer = this.#enter(arrival);
    if (answer instanceof Promise) return answer.then((known) => this.#measure(arrival, known, startedAt));
    return this.#measure(arrival, answer, startedAt);
  }

  preflight(arrival: Arrival): Answer {
    const startedAt = performance.now();
    return this.#measure(arrival, this.#preflight(arrival), startedAt);
  }

  #measure<T extends Answer | null>({ request, route }: Arrival, answer: T, startedAt: number): T {
    const seconds = (performance.now() - startedAt) / 1000;
    this.#deps.metrics.httpRequest(route, request.method, answer?.status ?? 101, seconds);
    return answer;
  }

  #enter(arrival: Arrival): Answer | null | Promise<Answer | null> {
    const peer = peerOf(arrival.request, arrival.server);
    const { handshakes, identifier } = this.#deps;
    const asked = handshakes.read(arrival.request, peer, arrival.connectionId);
    if (!asked.ok) return this.#refuse(asked, arrival.request, peer);
    const identified = identifier.identify(asked.connectionId, asked.token);
    if (!(identified instanceof Promise)) return this.#decide(arrival, peer, asked, identified);
    return identified.then((known) => this.#decide(arrival, peer, asked, known));
  }

  #preflight(arrival: Arrival): Answer {
    const peer = peerOf(arrival.request, arrival.server);
    const { origins } = this.#deps;
    if (!origins.admits(arrival.request, peer))
      return this.#answer(refuseHandshake("origin_forbidden"), arrival.request, peer);
    return { status: 204, headers: corsHeaders(arrival.request, peer, origins), body: undefined };
  }

  #decide(
    arrival: Arrival,
    peer: string,
    asked: ReadHandshake,
    identified: Identification,
  ): Answer | null | Promise<Answer | null> {
    const refused = this.#open(arrival, asked, identified);
    const answer = (known: RefusedHandshake | null) =>
      known === null ? null : this.#refuse(known, arrival.request, peer);
    return refused instanceof Promise ? refused.then(answer) : answer(refused);
  }

  #open(
    arrival: Arrival,
    asked: ReadHandshake,
    identified: Identification,
  ): RefusedHandshake | null | Promise<RefusedHandshake | null> {
    const known = this.#deps.handshakes.identify(asked, identified);
    if (!known.ok) return known;
    if (!asked.asksForWebSocket) return this.#ask(known.handshake);
    if (!speaksOurVersion(arrival.request)) return this.#ask(known.handshake, otherVersion);
    const upgrade = (data: Connection) => this.#upgrade(arrival, asked, data);
    const entry = this.#deps.hub.doorkeeper.enter(known.handshake, upgrade);
    return entry instanceof Promise ? entry.then(refusalOfEntry) : refusalOfEntry(entry);
  }

  /** Says what would be refused to a WebSocket of our version. */
  #ask(handshake: HandshakeRequest, otherwise?: string): RefusedHandshake | Promise<RefusedHandshake> {
    const refuse = (code: HandshakeRefusal | null) =>
      code === null ? refuseHandshake("upgrade_required", otherwise) : refuseHandshake(code);
    const code = this.#deps.hub.doorkeeper.ask(handshake);
    return code instanceof Promise ? code.then(refuse) : refuse(code);
  }

  #upgrade({ request, server }: Arrival, { selectsSubprotocol }: ReadHandshake, data: Connection): boolean {
    const headers = selectsSubprotocol ? this.#headersWithSubprotocol : this.#headers;
    return server?.upgrade(request, { data, headers }) === true;
  }

  #refuse(refused: RefusedHandshake, request: Request, peer: string): Answer {
    if (asksForWebSocket(request)) this.#note(refused, request, peer);
    return this.#answer(refused, request, peer);
  }

  #note({ code, message }: RefusedHandshake, { headers }: Request, peer: string): void {
    const client = this.#deps.addresses.find(peer, headers.get("x-forwarded-for"));
    const { metrics, refusalLog } = this.#deps;
    metrics.connectionRejected(code);
    if (code === "handshake_rate") metrics.rateLimited("handshakes");
    refusalLog.note({ code, message, address: client.key });
  }

  #answer(refused: RefusedHandshake, request: Request, peer: string): Answer {
    const { status, headers, body } = answerRefusal(refused);
    const readable = refused.code === "origin_forbidden" && request.method === "GET" ? forEveryPage : {};
    const cors = corsHeaders(request, peer, this.#deps.origins);
    return { status, headers: { ...headers, ...cors, ...readable }, body };
  }
}

function refusalOfEntry(entry: Entry): RefusedHandshake | null {
  if (entry === "opened") return null;
  return entry === "not_opened" ? refuseHandshake("bad_request", badKey) : refuseHandshake(entry);
}
