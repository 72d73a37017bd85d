import type { Connection } from "./connection.ts";
import { HoldlineError } from "./errors.ts";
import type { Settings } from "./options.ts";

const retryMs = 5_000;

/** The token, kept until it is refused or about to expire. */
export class Tokens {
  readonly #settings: Settings;
  #token: string | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The user's picture: the server tells it to the others. */
  get picture(): string | null {
    try {
      const [, claims = ""] = this.#token?.split(".") ?? [];
      const bytes = atob(claims.replace(/-/g, "+").replace(/_/g, "/"));
      const text = new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
      return JSON.parse(text).picture ?? null;
    } catch {
      return null;
    }
  }

  /** Null: a guest. Rejects with `no_token` where `getToken` fails. */
  async get(): Promise<string | null> {
    const { getToken } = this.#settings;
    try {
      if (getToken !== null) this.#token ??= await getToken();
    } catch (cause) {
      throw new HoldlineError("no_token", `getToken failed: ${cause}`, true);
    }
    return this.#token;
  }

  /** It is of no use any more. */
  drop(): void {
    this.#token = null;
  }

  /** Hands a new one to the server, again and again if it is hard to get, while the connection lasts. */
  async refresh(connection: Connection, isWanted: () => boolean): Promise<void> {
    if (this.#settings.isTokenFixed || !isWanted()) return;
    this.drop();
    try {
      const token = await this.get();
      if (isWanted()) connection.ask("refresh_token", { token }, () => {});
    } catch {
      setTimeout(() => void this.refresh(connection, isWanted), retryMs);
    }
  }
}
