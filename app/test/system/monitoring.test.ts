import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type BoardQuery, readQueries } from "../support/board-panels.ts";
import { eventually } from "../support/eventually.ts";
import { metricNames } from "../support/metric-names.ts";
import { hasPrometheus, readAlerts } from "../support/monitoring-files.ts";
import type { Sample } from "../support/prometheus-server.ts";
import { hasRedis } from "../support/redis-server.ts";
import { WatchedWorld } from "../support/watched-world.ts";

/** A scrape comes every 2 s. */
const rateInterval = "20s";
const deadlineMs = 40_000;

/** What is empty while all is well. */
const mayBeEmpty = [
  /, Alerts that fire, /,
  /, annotation Alerts$/,
  /, annotation Switches$/,
  /, Gap repair, /,
];

/** Of a stack with HTTPS only; and what Prometheus makes itself once something fires. */
const elsewhere = ["traefik_tls_certs_not_after", "ALERTS"];

const isOptional = ({ where }: BoardQuery) => mayBeEmpty.some((pattern) => pattern.test(where));
const all = await readQueries(rateInterval);

let world: WatchedWorld;

/** Goes on with the load until each has an answer; what is left at the deadline has none. */
async function emptyInTheEnd(queries: readonly BoardQuery[]): Promise<string[]> {
  const deadline = Date.now() + deadlineMs;
  let left = queries;
  while (left.length > 0 && Date.now() < deadline) {
    await world.load.round();
    left = await emptyOnes(left);
  }
  return left.map(({ where, expr }) => `${where}: ${expr}`);
}

/** Rejects where Prometheus cannot work one out. */
async function emptyOnes(queries: readonly BoardQuery[]): Promise<BoardQuery[]> {
  const answers = await Promise.all(queries.map(({ expr }) => world.prometheus.now(expr)));
  return queries.filter((query, index) => !answers[index]?.some((sample) => isAnswer(sample, query)));
}

/** A number, with all labels that its line is named by. */
function isAnswer({ labels, value }: Sample, { legend }: BoardQuery): boolean {
  const names = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = ""]) => name);
  return !Number.isNaN(value) && names.every((name) => labels[name]);
}

async function byColor(where: string): Promise<Record<string, number>> {
  const query = all.find((candidate) => candidate.where === where);
  const answer = await world.prometheus.now(query?.expr ?? "");
  return Object.fromEntries(answer.map(({ labels, value }) => [labels.color, value]));
}

async function isState(expected: Record<string, number>): Promise<boolean> {
  return Bun.deepEquals(await byColor("Holdline: Deploy, State, A"), expected);
}

const needs = "(needs prometheus, redis-server)";

describe.skipIf(!hasPrometheus || !hasRedis)(`the boards on a real Prometheus ${needs}`, () => {
  beforeAll(async () => {
    world = await WatchedWorld.start();
  }, 60_000);
  afterAll(() => world?.[Symbol.asyncDispose]());

  test("have data in every panel under a small load", async () => {
    expect(all.length).toBeGreaterThan(80);
    expect(await emptyInTheEnd(all.filter((query) => !isOptional(query)))).toEqual([]);
    await emptyOnes(all.filter(isOptional));
  }, 60_000);

  test("use no metric that nobody exports", async () => {
    const exported = await world.prometheus.labelValues("__name__", '{__name__=~".+"}');
    const asked = [...all, ...(await readAlerts())].flatMap(({ expr }) => metricNames(expr));
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter((name) => ![...exported, ...elsewhere].includes(name))).toEqual([]);
  });

  test("let one choose colours and instances", async () => {
    const { prometheus } = world;
    expect(await prometheus.labelValues("color", 'up{job="websocket"}')).toEqual(["blue", "green"]);
    expect(await prometheus.labelValues("instance", 'up{job="websocket", color=~"blue"}')).toHaveLength(1);
  });

  test("no alert fires, and every rule can be worked out", async () => {
    const { prometheus } = world;
    await eventually("every rule", async () => (await prometheus.rules()).failed.length === 0);
    expect((await prometheus.rules()).firing).toEqual([]);
  });

  test("tell who serves, and lose nothing of one colour when the other is away", async () => {
    await eventually("two that are up", () => isState({ blue: 1, green: 1 }));
    expect(await byColor("Holdline: Deploy, Serves users, A")).toEqual({ blue: 1 });
    await world.stopGreen();
    await eventually("one that is away", () => isState({ blue: 1, green: 0 }));
    const ofBlue = (await readQueries(rateInterval, "blue")).filter((query) => !isOptional(query));
    expect(await emptyInTheEnd(ofBlue)).toEqual([]);
    await emptyOnes(await readQueries(rateInterval, "green"));
    expect((await world.prometheus.rules()).failed).toEqual([]);
  }, 60_000);
});
