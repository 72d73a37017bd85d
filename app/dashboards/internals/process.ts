import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { graph } from "../panel.ts";
import { ours, rateOf } from "../selector.ts";

const lag = (share: string) => [ours(`nodejs_eventloop_lag_${share}_seconds`), `{{color}} ${share}`] as const;

export const process: Row = {
  title: "Server process",
  panels: [
    graph({
      title: "Event-loop delay",
      description: "How late the one thread gets to what is due, between two scrapes.",
      unit: units.Seconds,
      width: 8,
      queries: [lag("p50"), lag("p99")],
      warning: 0.05,
      critical: 0.5,
    }),
    graph({
      title: "CPU",
      description: "By kind, of one core.",
      unit: units.PercentUnit,
      width: 8,
      queries: [
        [rateOf(ours("process_cpu_user_seconds_total")), "{{color}} user"],
        [rateOf(ours("process_cpu_system_seconds_total")), "{{color}} system"],
      ],
      warning: 0.8,
    }),
    graph({
      title: "Memory",
      description: "What the process has, and what of it JavaScript's heap uses.",
      unit: units.BytesIEC,
      width: 8,
      queries: [
        [ours("process_resident_memory_bytes"), "{{color}} resident"],
        [ours("nodejs_heap_size_used_bytes"), "{{color}} heap"],
        [ours("nodejs_external_memory_bytes"), "{{color}} external"],
      ],
    }),
    graph({
      title: "Memory per socket",
      description:
        "All of the process, divided by its sockets: meaningful from a thousand on. README has what to expect.",
      unit: units.BytesIEC,
      width: 8,
      queries: [
        [
          `${ours("process_resident_memory_bytes")} / (${ours("websocket_connections_total")} > 0)`,
          "{{color}}",
        ],
      ],
    }),
    graph({
      title: "Open files",
      description: "Of what the process may open. A socket is one.",
      unit: units.PercentUnit,
      width: 8,
      queries: [[`${ours("process_open_fds")} / ${ours("process_max_fds")}`, "{{color}}"]],
      warning: 0.8,
      critical: 0.95,
      max: 1,
    }),
    graph({
      title: "Up for",
      description: "Falls to 0 at a restart.",
      unit: units.DurationSeconds,
      width: 8,
      queries: [[`time() - ${ours("process_start_time_seconds")}`, "{{color}}"]],
    }),
  ],
};
