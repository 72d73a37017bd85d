import type { Engine } from "../chat/engine.ts";
import type { User } from "../chat/identity.ts";

export const guestWarning = "Guest mode: everybody is admitted without a token.";

const idDigits = 16;
const nameChars = 12;

/** Who a guest is follows from the connectionId, the same on all instances, and tells nobody what it was. */
export class Guests {
  readonly #engine: Pick<Engine, "installSecret">;
  #secret: Uint8Array | null = null;

  constructor(engine: Pick<Engine, "installSecret">) {
    this.#engine = engine;
  }

  get isReady(): boolean {
    return this.#secret !== null;
  }

  /** Rejects when the engine cannot tell the install secret. */
  async prepare(): Promise<void> {
    this.#secret = await this.#engine.installSecret();
  }

  /** Null until prepared. */
  identify(connectionId: string): User | null {
    if (this.#secret === null) return null;
    const digest = new Bun.CryptoHasher("sha256", this.#secret).update(connectionId).digest("hex");
    const id = `guest-${digest.slice(0, idDigits)}`;
    return { id, name: id.slice(0, nameChars), image: null };
  }
}
