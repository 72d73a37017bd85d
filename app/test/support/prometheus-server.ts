import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configWithToken, prometheusDirectory, type ScrapeJob } from "./monitoring-files.ts";
import { unusedPort } from "./spawned-server.ts";

const startMs = 15_000;
const listenFlag = "--web.listen-address";

interface Config {
  readonly scrape_configs: readonly ScrapeJob[];
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A real Prometheus on loopback with the stack's configuration, but other targets, scraped every 2 s. Ends with its block. */
export class PrometheusServer implements AsyncDisposable {
  readonly #url: string;
  readonly #directory: string;
  readonly #process: Bun.Subprocess;

  private constructor(url: string, directory: string, process: Bun.Subprocess) {
    this.#url = url;
    this.#directory = directory;
    this.#process = process;
  }

  /** `targets`: where each of the configured ones is; what is not among them stays away. */
  static async start(targets: Readonly<Record<string, string>>, token = ""): Promise<PrometheusServer> {
    const directory = await mkdtemp(join(tmpdir(), "holdline-prometheus-"));
    const address = `127.0.0.1:${unusedPort()}`;
    const tokenFile = join(directory, "token");
    await Bun.write(tokenFile, token);
    const config = adapted(await configWithToken(tokenFile), { "localhost:9090": address, ...targets });
    await Bun.write(join(directory, "prometheus.yml"), config);
    const place = [`--config.file=${directory}/prometheus.yml`, `--storage.tsdb.path=${directory}/data`];
    const process = Bun.spawn(["prometheus", ...place, `${listenFlag}=${address}`, "--log.level=error"], {
      stdout: "ignore",
      stderr: "inherit",
    });
    const server = new PrometheusServer(`http://${address}`, directory, process);
    await server.#ready();
    return server;
  }

  /** Rejects where the query makes no sense. */
  async now(expr: string): Promise<readonly Sample[]> {
    const { resultType, result } = await this.#ask<Answer>("query", { query: expr });
    if (resultType !== "vector") throw new Error(`${expr}: ${resultType}`);
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  async labelValues(label: string, selector: string): Promise<readonly string[]> {
    return await this.#ask<string[]>(`label/${label}/values`, { "match[]": selector });
  }

  /** Rules whose last evaluation failed, and alerts that fire, by name. */
  async rules(): Promise<{ failed: string[]; firing: string[] }> {
    const { groups } = await this.#ask<{ groups: { rules: RuleState[] }[] }>("rules", {});
    const rules = groups.flatMap((group) => group.rules);
    return {
      failed: rules.filter(({ health }) => health !== "ok").map(({ name }) => name),
      firing: rules.filter(({ state }) => state === "firing").map(({ name }) => name),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#process.exited;
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #ask<T>(path: string, parameters: Record<string, string>): Promise<T> {
    const response = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const answer = (await response.json()) as { status: string; data: T; error?: string };
    if (answer.status !== "success") throw new Error(`${JSON.stringify(parameters)}: ${answer.error}`);
    return answer.data;
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + startMs;
    const isReady = () =>
      fetch(`${this.#url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await isReady())) {
      if (Date.now() > deadline || this.#process.exitCode !== null)
        throw new Error("Prometheus did not start");
      await Bun.sleep(50);
    }
  }
}

interface Answer {
  readonly resultType: string;
  /** The values: seconds since 1970, and a number as text. */
  readonly result: readonly { metric: Record<string, string>; value: readonly [number, string] }[];
}

interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly state?: string;
}

/** JSON is YAML as well. Relative paths are taken from where the stack's configuration is. */
function adapted(yaml: string, targets: Readonly<Record<string, string>>): string {
  const config = Bun.YAML.parse(yaml) as Config;
  const moved = config.scrape_configs.map((job) => ({
    ...job,
    static_configs: job.static_configs.map((group) => ({
      ...group,
      targets: group.targets.map((target) => targets[target] ?? "127.0.0.1:1"),
    })),
  }));
  return JSON.stringify({
    global: { scrape_interval: "2s", scrape_timeout: "2s", evaluation_interval: "2s" },
    rule_files: [join(prometheusDirectory, "rules/*.yml")],
    scrape_configs: moved,
  });
}
