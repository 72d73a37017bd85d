import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { graph } from "../panel.ts";
import { ours, perSecond, quantile } from "../selector.ts";

const requests = "http_request_duration_seconds";

export const http: Row = {
  title: "HTTP",
  panels: [
    graph({
      title: "Requests by route",
      description: "Routes are patterns; other is what matched none.",
      unit: units.RequestsPerSecond,
      width: 12,
      queries: [[perSecond("route", ours(`${requests}_count`)), "{{route}}"]],
    }),
    graph({
      title: "Duration by route, p95",
      description: "From the request's arrival until its answer was made.",
      unit: units.Seconds,
      width: 12,
      queries: [[quantile(0.95, requests, "route"), "{{route}}"]],
      warning: 1,
    }),
  ],
};
