import { Elysia } from "elysia";
import type { Metrics } from "../telemetry/metrics.ts";

/** What paths that are none of our routes count as: their names are the clients'. */
const unmatched = "other";

/** Measures every route that is added after it. */
export function requestDurations(metrics: Metrics) {
  return new Elysia({ name: "request-durations" })
    .derive({ as: "global" }, () => ({ startedAt: performance.now() }))
    .onAfterResponse({ as: "global" }, ({ route, request, set, responseValue, startedAt }) => {
      // What matched no route was refused before anything could start a clock.
      const seconds = startedAt === undefined ? 0 : (performance.now() - startedAt) / 1000;
      const status = responseValue instanceof Response ? responseValue.status : Number(set.status ?? 200);
      metrics.httpRequest(route === undefined ? unmatched : route || "/", request.method, status, seconds);
    });
}
