import { Elysia } from "elysia";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Group } from "./group.ts";
import { errorBody, httpErrors } from "./http-errors.ts";
import type { MetricsAccess } from "./metrics-access.ts";

const explanations = {
  unauthorized: "Send the server's METRICS_TOKEN as Authorization: Bearer.",
  forbidden: "Metrics are for clients on private addresses; a METRICS_TOKEN would open them to its bearer.",
} as const;

/** `/metrics` for Prometheus. */
export function metricsRoute(metrics: Metrics, access: MetricsAccess, group: Group | null = null) {
  return new Elysia({ name: "metrics" }).get("/metrics", async ({ request, server, set }) => {
    const refusal = access.refusal(request, server?.requestIP(request)?.address ?? "");
    set.headers["cache-control"] = "no-store";
    if (refusal === null) {
      set.headers["content-type"] = metrics.contentType;
      return (await group?.metrics()) ?? (await metrics.text());
    }
    set.status = httpErrors[refusal].status;
    if (refusal === "unauthorized") set.headers["www-authenticate"] = "Bearer";
    return errorBody(refusal, explanations[refusal]);
  });
}
