import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { graph } from "../panel.ts";
import { byColor, ours, perSecond, quantile, total } from "../selector.ts";

export const clients: Row = {
  title: "Clients",
  panels: [
    graph({
      title: "Sessions",
      description: "By the colour of their newest socket. A deploy moves them without changing the sum.",
      unit: units.Short,
      width: 8,
      queries: byColor("websocket_sessions"),
      isStacked: true,
    }),
    graph({
      title: "Sockets beyond sessions",
      description: "Clients that hold two sockets, since they are moving.",
      unit: units.Short,
      width: 8,
      queries: [[`${total("websocket_connections_total")} - ${total("websocket_sessions")}`, "sockets"]],
    }),
    graph({
      title: "Handshakes",
      description: "Accepted by each colour.",
      unit: units.EventsPerSecond,
      width: 8,
      queries: [[perSecond("color", ours("websocket_connections_opened_total")), "{{color}}"]],
    }),
    graph({
      title: "Command to answer, p99",
      description: "Whether a deploy is felt.",
      unit: units.Seconds,
      width: 8,
      queries: [[quantile(0.99, "websocket_message_latency_seconds", "color"), "{{color}}"]],
      warning: 1,
    }),
    graph({
      title: "Commands",
      description: "What each colour is sent.",
      unit: units.MessagesPerSecond,
      width: 8,
      queries: [[perSecond("color", ours("websocket_messages_total", 'direction="received"')), "{{color}}"]],
      isStacked: true,
    }),
    graph({
      title: "CPU",
      description: "Of one core.",
      unit: units.PercentUnit,
      width: 8,
      queries: [[perSecond("color", ours("process_cpu_seconds_total")), "{{color}}"]],
      warning: 0.8,
    }),
  ],
};
