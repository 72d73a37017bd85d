import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { isStackAsked, Stack } from "../support/stack.ts";
import { unhurried } from "../support/unhurried.ts";

const startMs = 180_000;
const testMs = 180_000;
const scrapeMs = 60_000;
/** The alert's own patience is 30 s, and each step before it waits for a scrape or an evaluation. */
const alertMs = 90_000;

interface Target {
  readonly labels: { readonly job: string; readonly color?: string };
  readonly health: string;
}

let stack: Stack;

describe.skipIf(!isStackAsked)("Prometheus beside the stack (HOLDLINE_STACK=1)", () => {
  beforeAll(async () => {
    stack = await Stack.start({ env: { METRICS_TOKEN: "a-token-for-metrics" } });
    await stack.compose("up", "--detach", "prometheus");
  }, startMs);
  afterAll(() => stack?.[Symbol.asyncDispose](), testMs);

  test(
    "reaches all that it watches with the token of .env, and has nothing to complain about",
    async () => {
      await eventually("all targets", unhurried(allUp), { withinMs: scrapeMs });
      expect(await alerts()).toEqual([]);
    },
    testMs,
  );

  test(
    "raises the alarm when users cannot reach the active colour, and not for an idle one",
    async () => {
      await stack.run("docker", "stop", "--time", "5", stack.container("websocket-green"));
      await eventually(
        "green to be gone",
        unhurried(async () => (await down()).includes("websocket green")),
        {
          withinMs: scrapeMs,
        },
      );
      expect(await alerts()).toEqual([]);
      await stack.run("docker", "stop", "--time", "5", stack.container("websocket-blue"));
      const fires = async () => (await alerts()).includes("ServerDown");
      await eventually("the alarm", unhurried(fires), { withinMs: alertMs });
      await stack.run("docker", "start", stack.container("websocket-blue"));
      await eventually(
        "quiet",
        unhurried(async () => !(await fires())),
        { withinMs: scrapeMs },
      );
    },
    testMs,
  );
});

async function ask(path: string): Promise<Record<string, unknown>> {
  try {
    return (await (await fetch(`${stack.prometheusUrl}/api/v1/${path}`)).json()).data;
  } catch {
    return {};
  }
}

async function targets(): Promise<Target[]> {
  const { activeTargets = [] } = (await ask("targets?state=active")) as { activeTargets?: Target[] };
  return activeTargets;
}

async function down(): Promise<string[]> {
  const sick = (await targets()).filter(({ health }) => health !== "up");
  return sick.map(({ labels }) => `${labels.job} ${labels.color ?? ""}`.trim());
}

async function allUp(): Promise<boolean> {
  return (await targets()).length >= 5 && (await down()).length === 0;
}

/** Those that fire, not those that wait whether it lasts. */
async function alerts(): Promise<string[]> {
  const { alerts: all = [] } = (await ask("alerts")) as {
    alerts?: { state: string; labels: { alertname: string } }[];
  };
  return all.filter(({ state }) => state === "firing").map(({ labels }) => labels.alertname);
}
