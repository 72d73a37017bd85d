import type { Engine } from "../chat/engine.ts";
import { guestIdentity, type User } from "../chat/identity.ts";
import type { Log } from "../telemetry/log.ts";
import type { Identification, Identifier } from "./auth/identifier.ts";
import { refuseHandshake } from "./handshake-refusal.ts";

export const guestWarning = "Guest mode: everybody is admitted without a token.";

const idDigits = 16;
const nameChars = 12;

const uncheckableToken = "This server is in guest mode and cannot check a token: connect without one.";

/** Who a guest is follows from the connectionId, the same on all instances, and tells nobody what it was. */
export class Guests implements Identifier {
  readonly #engine: Pick<Engine, "installSecret">;
  readonly #log: Pick<Log, "error">;
  #secret: Uint8Array | null = null;

  constructor(engine: Pick<Engine, "installSecret">, log: Pick<Log, "error">) {
    this.#engine = engine;
    this.#log = log;
  }

  /** Waits only until the install secret is known. */
  identify(connectionId: string, token: string | null): Identification | Promise<Identification> {
    if (token !== null) return refuseHandshake("unauthorized", uncheckableToken);
    if (this.#secret !== null) return identifyGuest(this.#secret, connectionId);
    return this.#identifyLater(connectionId);
  }

  async #identifyLater(connectionId: string): Promise<Identification> {
    try {
      this.#secret = await this.#engine.installSecret();
      return identifyGuest(this.#secret, connectionId);
    } catch (error) {
      this.#log.error("task.failed", { stage: "guests", error });
      return refuseHandshake("unavailable");
    }
  }
}

function identifyGuest(secret: Uint8Array, connectionId: string): Identification {
  return { ok: true, identity: guestIdentity(guestOf(secret, connectionId)) };
}

function guestOf(secret: Uint8Array, connectionId: string): User {
  const digest = new Bun.CryptoHasher("sha256", secret).update(connectionId).digest("hex");
  const id = `guest-${digest.slice(0, idDigits)}`;
  return { id, name: id.slice(0, nameChars), image: null };
}
