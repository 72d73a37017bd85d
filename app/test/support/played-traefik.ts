import { join } from "node:path";

/** What Traefik 3.6.12 said in the stack, after a little traffic and some rate limits. */
const recorded = join(import.meta.dir, "traefik-metrics.txt");

/** Answers scrapes as a Traefik does whose traffic goes on and on. Ends with its block. */
export class PlayedTraefik implements Disposable {
  readonly #server: Bun.Server<undefined>;

  private constructor(server: Bun.Server<undefined>) {
    this.#server = server;
  }

  static async start(): Promise<PlayedTraefik> {
    const text = await Bun.file(recorded).text();
    const headers = { "content-type": "text/plain; version=0.0.4" };
    let scrapes = 0;
    const fetch = () => new Response(grown(text, ++scrapes), { headers });
    return new PlayedTraefik(Bun.serve({ hostname: "127.0.0.1", port: 0, fetch }));
  }

  get address(): string {
    return `127.0.0.1:${this.#server.port}`;
  }

  [Symbol.dispose](): void {
    this.#server.stop(true);
  }
}

/** Everything that counts has counted so many times as much. */
function grown(text: string, times: number): string {
  return text.replace(/^(\w+_(?:total|bucket|sum|count)(?:\{.*\})?) (\S+)$/gm, (_line, series, value) => {
    return `${series} ${Number(value) * times}`;
  });
}
