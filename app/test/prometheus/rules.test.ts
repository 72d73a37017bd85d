import { afterAll, describe, expect, test } from "bun:test";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  configWithToken,
  hasPrometheus,
  prometheusDirectory,
  readAlerts,
  readScrapeJobs,
} from "../support/monitoring-files.ts";

const alerts = await readAlerts();
const copy = await mkdtemp(join(tmpdir(), "holdline-prometheus-"));
await cp(prometheusDirectory, copy, { recursive: true });
await Bun.write(join(copy, "token"), "");
await Bun.write(join(copy, "prometheus.yml"), await configWithToken(join(copy, "token")));

afterAll(() => rm(copy, { recursive: true }));

const namesOf = (pattern: string) => Array.fromAsync(new Bun.Glob(pattern).scan({ cwd: copy }));

async function promtool(...args: string[]): Promise<{ exitCode: number; output: string }> {
  const { exitCode, stdout, stderr } = await Bun.$`promtool ${args}`.cwd(copy).quiet().nothrow();
  return { exitCode, output: `${stdout}${stderr}` };
}

describe.skipIf(!hasPrometheus)("promtool (needs prometheus)", () => {
  test("accepts the configuration", async () => {
    const { exitCode, output } = await promtool("check", "config", "--lint-fatal", "prometheus.yml");
    expect(output).toContain("2 rule files found");
    expect(exitCode).toBe(0);
  });

  test("sees every alert fire when it should, and nothing else", async () => {
    const files = await namesOf("tests/*_test.yml");
    const { exitCode, output } = await promtool("test", "rules", ...files);
    expect(output.match(/SUCCESS/g)).toHaveLength(files.length);
    expect(exitCode).toBe(0);
  }, 180_000);
});

const kebab = (name: string) => name.replace(/(?<!^)[A-Z]/g, "-$&").toLowerCase();

describe("alerts", () => {
  test("are told apart by their names", () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });

  test.each(alerts.map((alert) => [alert.alert, alert] as const))("%s tells who reads it", (name, alert) => {
    expect(Object.keys(alert.annotations).sort()).toEqual(["description", "runbook_url", "summary"]);
    expect(alert.annotations.runbook_url).toBe(`README.md#alert-${kebab(name)}`);
    expect(["warning", "critical"]).toContain(alert.labels.severity as string);
  });

  test("each fires in a test", async () => {
    const files = await namesOf("tests/*_test.yml");
    const tests = (await Promise.all(files.map((name) => Bun.file(join(copy, name)).text()))).join("");
    const untested = alerts.filter(({ alert }) => !tests.includes(`alertname="${alert}"`));
    expect(untested.map(({ alert }) => alert)).toEqual([]);
  });
});

test("scraped are both colours, the way of users, Traefik and Prometheus itself", async () => {
  const jobs = await readScrapeJobs();
  const targets = jobs.map((job) => [job.job_name, job.static_configs.flatMap(({ targets }) => targets)]);
  expect(Object.fromEntries(targets)).toEqual({
    websocket: ["websocket-blue:3001", "websocket-green:3001"],
    "front-door": ["traefik:8083"],
    traefik: ["traefik:8082"],
    prometheus: ["localhost:9090"],
  });
});
