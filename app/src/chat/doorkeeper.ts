import type { HandshakeRefusal } from "../protocol/errors.ts";
import type { Connection } from "./connection.ts";
import type { SessionVerdict } from "./engine-instances.ts";
import type { Hub } from "./hub.ts";
import type { Identity } from "./identity.ts";
import type { SessionClaims } from "./session-claims.ts";

/** What a handshake asks for, once it is known who asks. */
export interface HandshakeRequest {
  readonly connectionId: string;
  readonly identity: Identity;
  /** Null is exempt from limits by address. */
  readonly address: string | null;
}

/** What a handshake came to; `not_opened`: it was let in, but there is no socket. */
export type Entry = "opened" | "not_opened" | HandshakeRefusal;

/** Makes a socket of a connection. It opens at once, or not at all, which is false. */
type OpenSocket = (connection: Connection) => boolean;

/** Decides who gets a session and a socket: by what is known here, and then by what the other instances know. */
export class Doorkeeper {
  readonly #hub: Pick<Hub, "context" | "verdict" | "connect">;
  readonly #claims: SessionClaims;

  constructor(hub: Pick<Hub, "context" | "verdict" | "connect">, claims: SessionClaims) {
    this.#hub = hub;
    this.#claims = claims;
  }

  /** What `enter` would refuse with; null: nothing. Claims nothing. */
  ask(request: HandshakeRequest): HandshakeRefusal | null | Promise<HandshakeRefusal | null> {
    const refusal = this.#hub.verdict(request);
    if (refusal !== null) return refusal;
    const answer = this.#claims.ask(this.#claimOf(request));
    return answer instanceof Promise ? answer.then(refusalIn) : refusalIn(answer);
  }

  /** Verdict, session and socket in one step, or limits would be overrun. Waits only where somebody has to be asked. */
  enter(request: HandshakeRequest, open: OpenSocket): Entry | Promise<Entry> {
    const refusal = this.#hub.verdict(request);
    if (refusal !== null) return refusal;
    let hasWaited = false;
    const entry = this.#claims.claim(this.#claimOf(request), (answer) =>
      answer.ok ? this.#open(request, answer, open, hasWaited) : answer.code,
    );
    hasWaited = true;
    return entry;
  }

  #open(
    request: HandshakeRequest,
    grant: SessionVerdict & { readonly ok: true },
    open: OpenSocket,
    hasWaited: boolean,
  ): Entry {
    let isOpen = false;
    try {
      const refusal = hasWaited ? this.#hub.verdict(request) : null;
      if (refusal !== null) return refusal;
      isOpen = open(this.#hub.connect(request, grant));
      return isOpen ? "opened" : "not_opened";
    } finally {
      if (!isOpen) this.#claims.abandon(request.connectionId, grant.generation);
    }
  }

  #claimOf({ connectionId, identity, address }: HandshakeRequest) {
    const { maxConnectionsPerUser, maxConnectionsPerIp } = this.#hub.context.limits;
    return {
      connectionId,
      userId: identity.user.id,
      address,
      userSessionsMax: maxConnectionsPerUser,
      addressSessionsMax: maxConnectionsPerIp,
    };
  }
}

const refusalIn = (answer: SessionVerdict): HandshakeRefusal | null => (answer.ok ? null : answer.code);
