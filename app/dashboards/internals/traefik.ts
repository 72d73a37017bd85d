import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { graph } from "../panel.ts";
import { perSecond, rateOf, sumBy } from "../selector.ts";

/** A socket counts when it closes, with its whole life as the duration. */
const noSockets = '{protocol!="websocket"}';

export const traefik: Row = {
  title: "Traefik",
  panels: [
    graph({
      title: "Open connections",
      description: "By entry point. A client's socket is one here, and one to its colour.",
      unit: units.Short,
      width: 8,
      queries: [[sumBy("entrypoint", "traefik_open_connections"), "{{entrypoint}}"]],
    }),
    graph({
      title: "Requests by service",
      description: "Sockets count when they close.",
      unit: units.RequestsPerSecond,
      width: 8,
      queries: [[perSecond("service", "traefik_service_requests_total"), "{{service}}"]],
    }),
    graph({
      title: "Answers by router and status",
      description: "429 is a rate limit, 502 to 504 a colour that did not answer.",
      unit: units.RequestsPerSecond,
      width: 8,
      queries: [
        [perSecond("router, code", 'traefik_router_requests_total{code!~"[123].."}'), "{{router}} {{code}}"],
      ],
    }),
    graph({
      title: "Duration, p95",
      description: "From request to answer, without WebSockets.",
      unit: units.Seconds,
      width: 8,
      queries: [
        [
          `histogram_quantile(0.95, sum by (le, service) (${rateOf(`traefik_service_request_duration_seconds_bucket${noSockets}`)}))`,
          "{{service}}",
        ],
      ],
      warning: 1,
    }),
    graph({
      title: "CPU and open files",
      description: "Of one core, and of the files that it may open; a client's socket is two.",
      unit: units.PercentUnit,
      width: 8,
      queries: [
        [rateOf('process_cpu_seconds_total{job="traefik"}'), "cpu"],
        ['process_open_fds{job="traefik"} / process_max_fds{job="traefik"}', "files"],
      ],
      warning: 0.8,
    }),
    graph({
      title: "Routes loaded",
      description: "How often: a deploy's switch is one. None of them closes a socket.",
      unit: units.Short,
      width: 8,
      queries: [["increase(traefik_config_reloads_total[$__rate_interval])", "loaded"]],
    }),
  ],
};
