import { homedir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dir, "../../..");

/** How to get it; 1.8.1 is what the scripts were written for. */
export const k6Advice = `k6 is not installed. It is a single program:
  go install go.k6.io/k6@v1.8.1      (into ~/go/bin, where it is found)
or a package of your system: https://grafana.com/docs/k6/latest/set-up/install-k6/`;

interface Scenario {
  readonly script: string;
  /** On top of PATH and HOME: nothing else of the caller's is k6's concern. */
  readonly env: Record<string, string>;
  readonly maxMs: number;
}

/** A program of this name or path: on PATH, in .tools, or where Go puts programs. */
export function findK6(name: string): string | null {
  const places = [Bun.env.PATH, join(root, ".tools/bin"), join(homedir(), "go/bin")].join(":");
  return Bun.which(name, { PATH: places });
}

/** k6 as a process that is ended with this one. */
export class K6Program {
  readonly #path: string;
  #child: Bun.Subprocess | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  version(): string {
    const [version = "of an unknown version"] =
      /v\d\S+/.exec(Bun.spawnSync([this.#path, "version"]).stdout.toString()) ?? [];
    return `k6 ${version}`;
  }

  /** Runs a scenario to its end and resolves with k6's exit code: 99, if a threshold was missed. */
  async run({ script, env, maxMs }: Scenario): Promise<number> {
    const quiet = process.stdout.isTTY ? [] : ["--quiet"];
    // Without a REST API of its own, whose port another k6 may have.
    const command = [this.#path, "run", "--address", "", ...quiet, join(root, "scripts/load", script)];
    const { PATH = "", HOME = "" } = Bun.env;
    this.#child = Bun.spawn(command, {
      env: { PATH, HOME, K6_NO_USAGE_REPORT: "true", ...env },
      stdio: ["ignore", "inherit", "inherit"],
      // A Ctrl-C would reach it twice, and the second one is not kind.
      detached: true,
      timeout: maxMs,
      killSignal: "SIGKILL",
    });
    return await this.#child.exited;
  }

  /** It still sums up what it has seen. */
  interrupt(): void {
    this.#child?.kill("SIGINT");
  }

  kill(): void {
    this.#child?.kill("SIGKILL");
  }
}
