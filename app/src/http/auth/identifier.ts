import type { Identity } from "../../chat/identity.ts";
import type { RefusedHandshake } from "../handshake-refusal.ts";

export type Identification = { readonly ok: true; readonly identity: Identity } | RefusedHandshake;

/** Tells who asks for a connection. */
export interface Identifier {
  /** At once wherever it can: waiting costs a handshake much of what else it costs. Never rejects. */
  identify(connectionId: string, token: string | null): Identification | Promise<Identification>;
}
