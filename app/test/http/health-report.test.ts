import { expect, test } from "bun:test";
import { HealthReport } from "../../src/http/health-report.ts";
import type { InstanceHealth, ReadyStatus } from "../../src/http/instance-health.ts";

function instance(id: string, differs: Partial<InstanceHealth> = {}): InstanceHealth {
  return {
    id,
    color: "blue",
    version: "1.2.3",
    ready: "ready",
    isHealthy: true,
    uptime: 10,
    connections: 3,
    users: 2,
    rooms: 1,
    memory: { rss: 100, heapTotal: 10, heapUsed: 5 },
    engine: { name: "redis", connections: null },
    canaryAgeMs: 20,
    isDraining: false,
    access: {},
    ...differs,
  };
}

const reportOf = (...all: InstanceHealth[]) => new HealthReport(all[0] as InstanceHealth, all);

test("several are told as one, and each by itself", () => {
  const report = reportOf(instance("a"), instance("b", { connections: 4, uptime: 30, canaryAgeMs: 90 }));
  expect(report.full()).toMatchObject({
    status: "healthy",
    instance: "a",
    color: "blue",
    uptime: 30,
    connections: 7,
    users: 4,
    rooms: 2,
    memory: { rss: 200, heapTotal: 20, heapUsed: 10 },
    checks: { engine: { isHealthy: true, name: "redis", canaryAgeMs: 90 }, drain: { isDraining: false } },
    workers: [
      { instance: "a", connections: 3, rss: 100 },
      { instance: "b", connections: 4, rss: 100 },
    ],
  });
  expect(report.sockets()).toMatchObject({
    totalConnections: 7,
    uniqueUsers: 4,
    averageConnectionsPerUser: 1.75,
  });
});

test("where nobody answered for the others, the one that was asked is told", () => {
  const full = new HealthReport(instance("a"), []).full();
  expect(full).toMatchObject({ instance: "a", connections: 3 });
  expect("workers" in full).toBe(false);
});

const readiness: [all: ReadyStatus[], ready: ReadyStatus][] = [
  [["unavailable", "ready"], "ready"],
  [["draining", "ready"], "ready"],
  [["starting", "draining"], "draining"],
  [["unavailable", "starting"], "starting"],
  [["unavailable", "unavailable"], "unavailable"],
];
test.each(readiness)("of %j the whole is %s", (all, ready) => {
  expect(reportOf(...all.map((each, index) => instance(`i${index}`, { ready: each }))).ready).toBe(ready);
});

test("it is healthy as long as one is; a canary that never came back has no age; one drain is no drain", () => {
  const sick = instance("a", { isHealthy: false, canaryAgeMs: null, isDraining: true });
  const { status, checks } = reportOf(sick, instance("b")).full();
  expect([status, checks.engine.canaryAgeMs, checks.drain.isDraining]).toEqual(["healthy", null, false]);
  const all = reportOf(sick, sick);
  expect([all.isHealthy, all.full().status, all.full().checks.drain.isDraining]).toEqual([
    false,
    "unhealthy",
    true,
  ]);
});
