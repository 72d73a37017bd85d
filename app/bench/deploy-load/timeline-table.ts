import type { DeployLine, DeployResult } from "./deploys.ts";
import { sliceMs, type Timeline } from "./timeline.ts";

/** Before a deploy, to compare with. */
const leadMs = 2_000;

/** Each deploy, slice by slice: what deliveries took between SDK clients, and what the deploy said meanwhile. */
export function timelineTable(timeline: Timeline, deploys: readonly DeployResult[]): string {
  return deploys.flatMap((deploy) => [titleOf(deploy), ...rows(timeline, deploy)]).join("\n");
}

const titleOf = ({ color }: DeployResult): string =>
  `to ${color}: s from the switch, deliveries, p50, p99 and longest in ms, clients late by ms, what was said`;

function* rows(timeline: Timeline, { beganAt, switchedAt, endedAt, lines }: DeployResult): Generator<string> {
  const zero = Number.isNaN(switchedAt) ? beganAt : switchedAt;
  for (const [at, { latencies, lateMs }] of timeline.between(beganAt - leadMs, endedAt)) {
    const times = [0.5, 0.99, 1].map((share) => latencies.quantile(share).toFixed(1).padStart(8));
    const said = lines.filter((line) => isIn(line, at)).map(({ text }) => text.trim());
    yield [
      ((at - zero) / 1000).toFixed(2).padStart(8),
      String(latencies.count).padStart(6),
      ...times,
      lateMs.toFixed(0).padStart(5),
      ` ${said.join(" / ")}`,
    ].join("");
  }
}

const isIn = (line: DeployLine, at: number): boolean => line.at >= at && line.at < at + sliceMs;
