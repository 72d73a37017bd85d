import { existsSync } from "node:fs";
import { join } from "node:path";
import { limits } from "../../src/protocol/limits.ts";

const program = join(import.meta.dir, "../../../.tools/schemathesis/bin/schemathesis");
const settings = join(import.meta.dir, "schemathesis.toml");

/** Where `scripts/test.sh --all` installs it, for all who run the tests afterwards. */
export const hasFuzzer = existsSync(program);

interface Fuzzing {
  /** Of the server. */
  readonly url: string;
  readonly token: string;
  /** For what it keeps of a run. */
  readonly directory: string;
  readonly seconds: number;
  readonly seed: number;
}

export interface FuzzingResult {
  /** 0: nothing was found. */
  readonly exitCode: number;
  /** What was found, and how to see it again. */
  readonly output: string;
}

/** Tries what the API's document allows and what it forbids, as one user, and holds the answers against it. */
export async function fuzzApi({ url, token, directory, seconds, seed }: Fuzzing): Promise<FuzzingResult> {
  const options = {
    url: `${url}/api`,
    header: `Authorization: Bearer ${token}`,
    checks: "all",
    // A little below what a user may ask for, since a 429 tries nothing.
    "rate-limit": `${limits.requestsPerSecond - 5}/s`,
    "max-time": String(seconds),
    seed: String(seed),
    "suppress-health-check": "all",
    "generation-database": "none",
  };
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const command = [program, `--config-file=${settings}`, "run", `${url}/docs/json`, "--no-color", ...flags];
  const child = Bun.spawn(command, { cwd: directory, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { exitCode: await child.exited, output: stdout + stderr };
}
