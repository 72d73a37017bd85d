import { Elysia } from "elysia";
import type { Group } from "./group.ts";
import { HealthReport } from "./health-report.ts";
import { describeInstance, type HealthSources } from "./instance-health.ts";

export interface HealthDependencies extends HealthSources {
  /** Null: nobody else is behind the port. */
  readonly group?: Group | null;
}

/** For people and load balancers: `/health` tells, `live` and `ready` decide. Never from a cache. */
export function health(deps: HealthDependencies) {
  const report = async () => {
    const all = (await deps.group?.health()) ?? [];
    return new HealthReport(describeInstance(deps), all);
  };
  return new Elysia({ name: "health" })
    .onBeforeHandle(({ set }) => {
      set.headers["cache-control"] = "no-store";
    })
    .get("/health", async ({ set }) => {
      const all = await report();
      set.status = all.isHealthy ? 200 : 503;
      return all.full();
    })
    .get("/health/live", () => ({ status: "live" }))
    .get("/health/ready", async ({ set }) => {
      const { ready: status } = await report();
      set.status = status === "ready" ? 200 : 503;
      return { status };
    })
    .get("/health/websocket", async ({ set }) => {
      const all = await report();
      set.status = all.isHealthy ? 200 : 503;
      return all.sockets();
    })
    .get("/health/redis", async ({ set }) => {
      const all = await report();
      set.status = all.isHealthy ? 200 : 503;
      return all.redis();
    });
}
