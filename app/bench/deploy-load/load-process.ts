import { join } from "node:path";
import type { Order } from "./client-process.ts";
import { linesOf } from "./lines-of.ts";
import type { LoadShape } from "./load-shape.ts";

/** The servers' own base, so that nothing more has to be pulled. */
const image = "oven/bun:1.4.5-slim";
const filesMax = 20_000;

/** One file that needs nothing beside it; its path. */
export async function bundleClients(directory: string): Promise<string> {
  const entry = join(import.meta.dir, "client-process.ts");
  await Bun.build({ entrypoints: [entry], outdir: directory, target: "bun" });
  return join(directory, "client-process.js");
}

/** Clients in a container that shares Traefik's network, where a published port does not limit them. Ends with its block. */
export class LoadProcess implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncIterator<string>;

  constructor(traefik: string, bundle: string, shape: LoadShape) {
    const hardened = [
      "--read-only",
      "--cap-drop=ALL",
      "--security-opt=no-new-privileges",
      "--user=1000:1000",
    ];
    this.#child = Bun.spawn(
      [
        ...[
          "docker",
          "run",
          "--rm",
          "--interactive",
          "--init",
          `--network=container:${traefik}`,
          ...hardened,
        ],
        ...[`--ulimit=nofile=${filesMax}:${filesMax}`, `--volume=${bundle}:/clients.js:ro`],
        ...[image, "bun", "/clients.js", JSON.stringify(shape)],
      ],
      { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
    );
    this.#lines = linesOf(this.#child.stdout);
  }

  // biome-ignore lint/suspicious/noExplicitAny: what it answers depends on the order
  async tell(order: Order): Promise<any> {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
    await this.#child.stdin.flush();
    const { value, done } = await this.#lines.next();
    if (done)
      throw new Error(`the clients' process ended with ${await this.#child.exited} when told to ${order.do}`);
    return JSON.parse(value).did;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.end();
    await this.#child.exited;
  }
}
