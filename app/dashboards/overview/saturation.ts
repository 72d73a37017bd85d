import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { graph } from "../panel.ts";
import { ours, quantile, rateOf } from "../selector.ts";

export const saturation: Row = {
  title: "Saturation",
  panels: [
    graph({
      title: "CPU",
      description: "Of one core, since one thread serves all sockets of an instance.",
      unit: units.PercentUnit,
      width: 6,
      queries: [[rateOf(ours("process_cpu_seconds_total")), "{{color}}"]],
      warning: 0.8,
      critical: 0.95,
    }),
    graph({
      title: "Memory",
      description: "Of what the container may use.",
      unit: units.PercentUnit,
      width: 6,
      queries: [
        [`${ours("process_resident_memory_bytes")} / ${ours("process_memory_limit_bytes")}`, "{{color}}"],
      ],
      warning: 0.8,
      critical: 0.95,
      max: 1,
    }),
    graph({
      title: "Sockets of the limit",
      description: "Of MAX_CONNECTIONS, or of what open files allow. Empty without a limit.",
      unit: units.PercentUnit,
      width: 6,
      queries: [
        [
          `${ours("websocket_connections_total")} / (${ours("websocket_connections_limit")} > 0)`,
          "{{color}}",
        ],
      ],
      warning: 0.9,
      critical: 1,
      max: 1,
    }),
    graph({
      title: "Slowest command in a hundred",
      description: "What clients feel of all the rest, by colour.",
      unit: units.Seconds,
      width: 6,
      queries: [[quantile(0.99, "websocket_message_latency_seconds", "color"), "{{color}}"]],
      warning: 1,
      more: "holdline-internals",
    }),
  ],
};
