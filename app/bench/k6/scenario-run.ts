import { mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { scenarios, stagesOf } from "../../../scripts/load/load-scenarios.js";
import type { K6Program } from "./k6-program.ts";
import { type LoadTarget, whyUnfit } from "./load-target.ts";
import { brokenGoals, type LoadSummary } from "./load-verdict.ts";

export type ScenarioName = keyof typeof scenarios;

export interface LoadSettings {
  /** Of users and time. */
  readonly scale: number;
  /** Of time once more. */
  readonly time: number;
  /** Between two messages of a user; null: as the scenario says. */
  readonly intervalMs: number | null;
  readonly patience: number;
  /** For the summaries. */
  readonly directory: string;
}

/** Sessions that end, k6's start and its sums. */
const spareMs = 300_000;

/** Runs one scenario, shows what came of it, and says whether its goals were met. */
export async function runScenario(
  name: ScenarioName,
  settings: LoadSettings,
  target: LoadTarget,
  k6: K6Program,
): Promise<boolean> {
  const complaint = await whyUnfit(target);
  if (complaint !== null) return report(name, [complaint]);
  announce(name, settings, target);
  const path = join(settings.directory, `${name}.json`);
  mkdirSync(settings.directory, { recursive: true });
  await Bun.file(path)
    .delete()
    .catch(() => {});
  const env = environmentFor(settings, target, path);
  const exitCode = await k6.run({
    script: `${name}.js`,
    env,
    maxMs: secondsOf(name, settings) * 1000 + spareMs,
  });
  const summary: LoadSummary | null = (await Bun.file(path).exists()) ? await Bun.file(path).json() : null;
  console.log(`  all figures: ${path}`);
  return report(name, brokenGoals(exitCode, summary));
}

/** The load of the machine belongs to the figures. */
function announce(name: ScenarioName, settings: LoadSettings, { usersMax }: LoadTarget): void {
  const load = loadavg().map((value) => value.toFixed(1));
  const { users: factor, time } = scaleIn(settings);
  const scaled = factor === 1 && time === 1 ? "" : ` (users × ${factor}, time × ${time})`;
  console.log(`\n${name}: ${scenarios[name].about}${scaled}; load of the machine before: ${load.join(" ")}`);
  const users = Math.max(
    ...stagesOf(name, scaleIn(settings), Number.POSITIVE_INFINITY).map(({ target }) => target),
  );
  if (users > usersMax)
    console.log(`  only ${usersMax} of ${users} users: a published port carries no more sockets`);
}

function environmentFor(
  { scale, time, intervalMs, patience }: LoadSettings,
  { url, jwtSecret, usersMax }: LoadTarget,
  path: string,
): Record<string, string> {
  return {
    URL: url,
    ...(jwtSecret === null ? {} : { JWT_SECRET: jwtSecret }),
    ...(Number.isFinite(usersMax) ? { USERS_MAX: String(usersMax) } : {}),
    SCALE: String(scale),
    TIME: String(time),
    ...(intervalMs === null ? {} : { INTERVAL_MS: String(intervalMs) }),
    PATIENCE: String(patience),
    SUMMARY: path,
  };
}

function scaleIn({ scale, time }: LoadSettings) {
  return { users: scale, time: scale * time };
}

function secondsOf(name: ScenarioName, settings: LoadSettings): number {
  const durations = stagesOf(name, scaleIn(settings), 1).map(({ duration }) => Number.parseInt(duration, 10));
  return durations.reduce((total, seconds) => total + seconds, 0);
}

function report(name: ScenarioName, broken: readonly string[]): boolean {
  if (broken.length === 0) console.log(`${name}: all goals met`);
  for (const goal of broken) console.error(`${name} failed: ${goal}`);
  return broken.length === 0;
}
