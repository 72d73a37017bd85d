import { join, resolve } from "node:path";
import { scenarios } from "../../scripts/load/load-scenarios.js";
import { readArguments, readCount, UsageError } from "../client/cli/read-arguments.ts";
import { findK6, K6Program, k6Advice } from "./k6/k6-program.ts";
import { LoadTargets, type TargetName } from "./k6/load-target.ts";
import { runScenario, type ScenarioName } from "./k6/scenario-run.ts";
import { describeMachine } from "./report.ts";

const usage = `Runs the load tests with k6, one after the other, and says whether their goals are met.

Usage: bun run loadtest [options]

  --scenario NAME    ${Object.keys(scenarios).join(", ")}; all of them without it
  --scale X          of users and time, 0.001 to 10; 0.1: a tenth of both (1)
  --time X           of time alone, on top of that, 0.001 to 100 (1)
  --target own       a server of its own, without limits per address (the default)
  --target stack     the stack on this machine, up with scripts/load/compose.loadtest.yml;
                     2,000 users at most; HTTP_PORT and STACK_PREFIX as there
  --url URL          a server elsewhere; JWT_SECRET is its secret, without it all are guests
  --interval MS      between two messages of a user, 100 to 60000; of the stack at least 1000
                     (ramp 5000, stress 10000, spike 20000)
  --patience X       how many times as long as usual connects and messages may take (1)
  --k6 PATH          which k6 to run (the one on PATH, in .tools/bin or in ~/go/bin)
  --out DIR          where each scenario's summary goes, as JSON (data/load-test)
  --help             this text

Exit code: 0 all goals met, 1 some missed, 64 for what makes no sense, 69 without k6.`;

const exitWithoutK6 = 69;
const exitInterrupted = 130;

const text = { type: "string" } as const;
const options = {
  scenario: text,
  scale: { ...text, default: "1" },
  time: { ...text, default: "1" },
  target: text,
  url: text,
  interval: text,
  patience: { ...text, default: "1" },
  k6: { ...text, default: "k6" },
  out: { ...text, default: join(import.meta.dir, "../data/load-test") },
} as const;

const asked = readArguments(usage, options, ({ scenario, target, url, ...values }) => ({
  names: readScenarios(scenario),
  scale: readFactor("scale", values.scale, 0.001, 10),
  time: readFactor("time", values.time, 0.001, 100),
  target: readTarget(target, url),
  url: url ?? "",
  intervalMs: readInterval(values.interval, target),
  patience: readFactor("patience", values.patience, 1, 100),
  k6: values.k6,
  directory: resolve(values.out),
}));

let isInterrupted = false;
process.exit(await main());

async function main(): Promise<number> {
  const path = findK6(asked.k6);
  if (path === null) {
    console.error(k6Advice);
    return exitWithoutK6;
  }
  const k6 = new K6Program(path);
  const targets = new LoadTargets();
  endWithThisProcess(k6, targets);
  console.log(`${describeMachine()}, ${k6.version()}`);
  let failed = 0;
  for (const name of asked.names) {
    const target = await targets.open(asked.target, asked.url);
    if (!(await runScenario(name, asked, target, k6))) failed += 1;
    await target.stop();
    if (isInterrupted) return exitInterrupted;
  }
  return failed === 0 ? 0 : 1;
}

/** The first Ctrl-C lets k6 sum up. */
function endWithThisProcess(k6: K6Program, targets: LoadTargets): void {
  process.on("exit", () => {
    k6.kill();
    targets.endAll();
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      isInterrupted = true;
      k6.interrupt();
      process.on(signal, () => process.exit(exitInterrupted));
    });
  }
}

function readScenarios(name: string | undefined): ScenarioName[] {
  const names = Object.keys(scenarios) as ScenarioName[];
  if (name === undefined) return names;
  const asked = names.filter((each) => each === name);
  if (asked.length === 0) throw new UsageError(`--scenario: expected ${names.join(", ")}`);
  return asked;
}

function readTarget(target: string | undefined, url: string | undefined): TargetName {
  if (target !== undefined && url !== undefined)
    throw new UsageError("--target and --url: expected one of them");
  if (url !== undefined) {
    if (!/^https?:\/\/[^/]+\/?$/.test(url))
      throw new UsageError("--url: expected http:// or https:// and a host");
    return "url";
  }
  if (target === undefined || target === "own" || target === "stack") return target ?? "own";
  throw new UsageError("--target: expected own or stack");
}

function readInterval(value: string | undefined, target: string | undefined): number | null {
  if (value === undefined) return null;
  const intervalMs = readCount("interval", value, 60_000);
  const intervalMinMs = target === "stack" ? 1000 : 100;
  if (intervalMs < intervalMinMs) throw new UsageError(`--interval: expected ${intervalMinMs} to 60000`);
  return intervalMs;
}

function readFactor(name: string, value: string, min: number, max: number): number {
  const factor = Number(value);
  if (!/^\d+(\.\d+)?$/.test(value) || factor < min || factor > max)
    throw new UsageError(`--${name}: expected ${min} to ${max}`);
  return factor;
}
