import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { graph, list } from "../panel.ts";
import { ours, perSecond } from "../selector.ts";

export const refusals: Row = {
  title: "Errors and refusals",
  panels: [
    graph({
      title: "Error answers by code",
      description: "internal and unavailable are our faults; every other code is what the client did.",
      unit: units.EventsPerSecond,
      width: 8,
      queries: [[`${perSecond("code", ours("websocket_errors_total"))} > 0`, "{{code}}"]],
      critical: 10,
    }),
    graph({
      title: "Handshakes refused",
      description: "By reason. draining is a deploy at work, server_full the limit of sockets.",
      unit: units.EventsPerSecond,
      width: 8,
      queries: [[`${perSecond("reason", ours("websocket_connections_rejected_total"))} > 0`, "{{reason}}"]],
    }),
    graph({
      title: "Refused for coming too fast",
      description: "By limit. flooding is a socket that was closed because it went on.",
      unit: units.EventsPerSecond,
      width: 8,
      queries: [[`${perSecond("scope", ours("websocket_rate_limited_total"))} > 0`, "{{scope}}"]],
    }),
    graph({
      title: "HTTP answers by status",
      description: "The REST API, health checks and the page; 101 is an accepted handshake.",
      unit: units.RequestsPerSecond,
      width: 8,
      queries: [[perSecond("status", ours("http_request_duration_seconds_count")), "{{status}}"]],
    }),
    graph({
      title: "Slow readers cut",
      description:
        "Sockets closed because SEND_BUFFER_BYTES were waiting for them; they come back and resume.",
      unit: units.EventsPerSecond,
      width: 8,
      queries: [[perSecond("color", ours("websocket_slow_consumers_total")), "{{color}}"]],
    }),
    list(
      {
        title: "Alerts that fire",
        description: "README's section on operating has a paragraph on each.",
        unit: units.Short,
        width: 8,
        queries: [['ALERTS{alertstate="firing"}', ""]],
      },
      { alertname: "Alert", severity: "Severity", color: "Colour" },
    ),
  ],
};
