/** Words that are secret, and where they turned up all the same. */
export class PlantedSecrets {
  readonly #words = new Map<string, string>();

  /** A word that occurs nowhere else, long enough to be a secret of its own. */
  plant(what: string): string {
    const word = `Zq${crypto.randomUUID().replaceAll("-", "")}Qz`;
    this.#words.set(word, what);
    return word;
  }

  /** Of a token each part is secret, also one that was cut short. */
  plantToken(what: string, token: string): string {
    const [, payload = "", signature = ""] = token.split(".");
    for (const part of [payload, signature]) this.#words.set(part.slice(0, 24), what);
    return token;
  }

  findIn(where: string, text: string): string[] {
    return [...this.#words].filter(([word]) => text.includes(word)).map(([, what]) => `${what} in ${where}`);
  }
}
