import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { unusedPort } from "./spawned-server.ts";
import { unhurried } from "./unhurried.ts";

export type ProxyName = "nginx" | "haproxy";

interface ProxyProgram {
  readonly file: string;
  /** Runs in the foreground, with its files in the directory. */
  readonly command: (directory: string, config: string) => readonly string[];
  /** What the file says, and what is said here in its place, where it is another user's program with other files. */
  readonly places: (directory: string) => readonly (readonly [said: string, here: string])[];
  readonly listens: (address: string) => readonly [said: string, here: string];
  /** Lines that the file has as comments. */
  readonly sticky: readonly string[];
  /** Files that it writes to, beside its output. */
  readonly logs: readonly string[];
}

const configDirectory = join(import.meta.dir, "../system/proxies");
const { uid, gid } = userInfo();
const temporaryPaths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

const programs: Readonly<Record<ProxyName, ProxyProgram>> = {
  nginx: {
    file: "nginx.conf",
    command: (directory, config) =>
      ["nginx", "-e", `${directory}/error.log`, "-c", config, "-g"].concat(
        `daemon off; pid ${directory}/pid;`,
      ),
    places: (directory) => [
      // Nobody but root can have others do the work, and nobody else's nginx looks at this.
      ["user www-data;", "user root;"],
      ["/var/log/nginx/", `${directory}/`],
      ["http {", `http {${temporaryPaths.map((name) => `${name}_temp_path ${directory}/${name};`).join("")}`],
    ],
    listens: (address) => ["listen 80;", `listen ${address};`],
    sticky: ["ip_hash;"],
    logs: ["access.log", "error.log"],
  },
  haproxy: {
    file: "haproxy.cfg",
    command: (_directory, config) => ["haproxy", "-db", "-f", config],
    places: () => [
      ["user haproxy", `uid ${uid}`],
      ["group haproxy", `gid ${gid}`],
    ],
    listens: (address) => ["bind :80", `bind ${address}`],
    sticky: ["balance source", "hash-type consistent"],
    logs: [],
  },
};

export const hasProxy = (name: ProxyName): boolean => Bun.which(name) !== null;

export const readProxyConfig = (name: ProxyName): Promise<string> =>
  Bun.file(join(configDirectory, programs[name].file)).text();

/** nginx or HAProxy in front of servers, with the configuration that operators copy. Ends with its block. */
export class LoadBalancer implements AsyncDisposable {
  readonly url: string;
  readonly #name: ProxyName;
  readonly #directory: string;
  readonly #process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  #output = "";

  private constructor(name: ProxyName, url: string, directory: string, command: readonly string[]) {
    this.#name = name;
    this.url = url;
    this.#directory = directory;
    this.#process = Bun.spawn([...command], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    for (const stream of [this.#process.stdout, this.#process.stderr]) void this.#follow(stream);
  }

  /** Resolves when it passes requests on. */
  static async start(name: ProxyName, servers: readonly string[], isSticky = false): Promise<LoadBalancer> {
    const { file, command } = programs[name];
    const directory = await mkdtemp(join(tmpdir(), "holdline-proxy-"));
    const address = `127.0.0.1:${unusedPort()}`;
    const text = adapt(name, await readProxyConfig(name), { directory, address, servers, isSticky });
    const config = join(directory, file);
    await Bun.write(config, text);
    const balancer = new LoadBalancer(name, `http://${address}`, directory, command(directory, config));
    try {
      await balancer.#untilItPasses();
    } catch (error) {
      await balancer[Symbol.asyncDispose]();
      throw error;
    }
    return balancer;
  }

  /** All that it has written. */
  async logs(): Promise<string> {
    const files = programs[this.#name].logs.map((log) => Bun.file(join(this.#directory, log)).text());
    return [this.#output, ...(await Promise.all(files))].join("");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#process.exited;
    await rm(this.#directory, { recursive: true, force: true });
  }

  #untilItPasses(): Promise<void> {
    const describe = () => this.#output;
    return eventually(
      this.#name,
      unhurried(() => this.#passes()),
      { describe },
    );
  }

  #passes(): Promise<boolean> {
    if (this.#process.exitCode !== null) throw new Error(`${this.#name} ended:\n${this.#output}`);
    return fetch(`${this.url}/health/live`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async #follow(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) this.#output += decoder.decode(chunk, { stream: true });
  }
}

interface Surroundings {
  readonly directory: string;
  readonly address: string;
  /** Two or more. */
  readonly servers: readonly string[];
  readonly isSticky: boolean;
}

function adapt(
  name: ProxyName,
  text: string,
  { directory, address, servers, isSticky }: Surroundings,
): string {
  const { places, listens, sticky } = programs[name];
  const changes = [
    ...places(directory),
    listens(address),
    ...servers.map((url, index) => [`127.0.0.1:${3001 + index}`, new URL(url).host] as const),
    ...(isSticky ? sticky.map((line) => [`# ${line}`, line] as const) : []),
  ];
  const listed = listServers(text, servers.length);
  return changes.reduce((changed, [said, here]) => replaced(changed, said, here), listed);
}

/** Lines like that of the second server for those after it. */
function listServers(text: string, count: number): string {
  const second = /^( *server )(\w+ )?127\.0\.0\.1:3002(.*)$/m;
  return text.replace(second, (line, keyword, name, rest) => {
    const more = Array.from(
      { length: count - 2 },
      (_, index) => `${keyword}${name ? `more-${index} ` : ""}127.0.0.1:${3003 + index}${rest}`,
    );
    return [line, ...more].join("\n");
  });
}

function replaced(text: string, said: string, here: string): string {
  if (!text.includes(said)) throw new Error(`The configuration has no "${said}".`);
  // A port that was put in before may begin like one that is still to be replaced.
  return text.replaceAll(new RegExp(`${RegExp.escape(said)}(?!\\d)`, "g"), () => here);
}
