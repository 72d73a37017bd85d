import type { RedisKeys } from "./keys.ts";
import type { RedisScripts } from "./redis-scripts.ts";

/** What guests' names are made of, the same for all instances. The first to ask makes it. */
export class RedisInstallSecret {
  readonly #scripts: RedisScripts;
  readonly #name: string;
  #known: string | null = null;

  constructor(scripts: RedisScripts, keys: RedisKeys) {
    this.#scripts = scripts;
    this.#name = keys.installSecret;
  }

  /** Rejects where Redis does. */
  async read(): Promise<Uint8Array> {
    const made = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64");
    this.#known = await this.#keep(made);
    return new Uint8Array(Buffer.from(this.#known, "base64"));
  }

  /** To a Redis that comes back empty. */
  restore(): void {
    if (this.#known !== null) this.#keep(this.#known).catch(() => {});
  }

  async #keep(secret: string): Promise<string> {
    await this.#scripts.call("SET", this.#name, secret, "NX");
    return String((await this.#scripts.call("GET", this.#name)) ?? secret);
  }
}
