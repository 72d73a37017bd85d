import type { DrainStatus } from "../chat/drain.ts";
import type { ControlStatus, WorkerStatus } from "../control.ts";
import type { Worker } from "./worker.ts";

/** What a worker says of itself. */
export interface WorkerReport {
  readonly status: ControlStatus;
  readonly rssBytes: number;
}

/** Null: it did not answer in time. */
export type ReportOf = readonly [worker: Worker, report: WorkerReport | null];

type Place = Pick<ControlStatus, "instance" | "color" | "version">;

/** All workers as one; how far a drain is, is said of those that are to stay. */
export function describeGroup(place: Place, reports: readonly ReportOf[]): ControlStatus {
  const statuses = reports.flatMap(([, report]) => (report === null ? [] : [report.status]));
  const staying = reports.filter(([{ state }]) => state === "serving");
  const drains = (staying.length > 0 ? staying : reports).flatMap(([, report]) => report?.status.drain ?? []);
  const sum = (pick: (status: ControlStatus) => number) => total(statuses.map(pick));
  return {
    ...place,
    ready: statuses.some(({ ready }) => ready),
    connections: sum(({ connections }) => connections),
    opened: sum(({ opened }) => opened),
    sessions: sum(({ sessions }) => sessions),
    drain: describeDrains(drains),
    workers: reports.map(describeWorker),
  };
}

function describeWorker([worker, report]: ReportOf): WorkerStatus {
  const known = worker.describe();
  if (report === null) return known.state === "starting" ? known : { ...known, state: "silent" };
  const { rssBytes, status } = report;
  return { ...known, rssBytes, connections: status.connections, drain: status.drain };
}

function describeDrains(drains: readonly DrainStatus[]): DrainStatus {
  const sum = (pick: (drain: DrainStatus) => number) => total(drains.map(pick));
  return {
    state: stateOf(drains),
    isPaused: drains.some(({ isPaused }) => isPaused),
    percent: Math.max(0, ...drains.map(({ percent }) => percent)),
    remaining: sum(({ remaining }) => remaining),
    told: sum(({ told }) => told),
    moved: sum(({ moved }) => moved),
    forced: sum(({ forced }) => forced),
    lost: sum(({ lost }) => lost),
  };
}

function stateOf(drains: readonly DrainStatus[]): DrainStatus["state"] {
  if (drains.every(({ state }) => state === "running")) return "running";
  return drains.some(({ state }) => state === "draining") ? "draining" : "drained";
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
