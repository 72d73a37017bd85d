/** A file in memory that is sent again only if it has changed. */
export class KeptFile {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #type: string;
  readonly #etag: string;

  constructor(bytes: Uint8Array<ArrayBuffer>, type: string) {
    this.#bytes = bytes;
    this.#type = type;
    this.#etag = `"${Bun.hash(bytes).toString(16)}"`;
  }

  static async read(path: string, type = Bun.file(path).type): Promise<KeptFile> {
    return new KeptFile(await Bun.file(path).bytes(), type);
  }

  static ofText(text: string, type: string): KeptFile {
    return new KeptFile(new TextEncoder().encode(text), type);
  }

  answer({ headers }: Request): Response {
    const etag = this.#etag;
    if (headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers: { etag } });
    return new Response(this.#bytes, { headers: { etag, "content-type": this.#type } });
  }
}
