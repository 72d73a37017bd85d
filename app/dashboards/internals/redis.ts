import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { figure, graph } from "../panel.ts";
import { ours } from "../selector.ts";

/** Every instance tells of the same Redis. */
const shared = (metric: string) => `max(${ours(metric)})`;

export const redis: Row = {
  title: "Redis, as the servers are told by it",
  panels: [
    figure({
      title: "Keeps what is acked",
      description:
        "REDIS_ACK=aof promises that what was acked is on disk. Empty with REDIS_ACK=memory, which promises nothing.",
      unit: units.Short,
      width: 4,
      queries: [[`min(${ours("websocket_engine_durable")})`, "durable"]],
      meanings: { "0": ["no", "red"], "1": ["yes", "green"] },
    }),
    figure({
      title: "Up for",
      description: "Since its last restart.",
      unit: units.DurationSeconds,
      width: 4,
      queries: [[shared("redis_uptime_in_seconds"), "up"]],
    }),
    figure({
      title: "Clients",
      description: "Connections: two for each instance, and yours.",
      unit: units.Short,
      width: 4,
      queries: [[shared("redis_connected_clients"), "clients"]],
    }),
    figure({
      title: "Memory",
      description: "What it uses.",
      unit: units.BytesIEC,
      width: 4,
      queries: [[shared("redis_memory_used_bytes"), "used"]],
    }),
    figure({
      title: "Memory limit",
      description: "Its maxmemory, at which it refuses writes; 0 is none.",
      unit: units.BytesIEC,
      width: 4,
      queries: [[shared("redis_memory_max_bytes"), "maxmemory"]],
    }),
    figure({
      title: "Keys dropped",
      description: "For want of memory. With maxmemory-policy noeviction there are none.",
      unit: units.Short,
      width: 4,
      queries: [[shared("redis_evicted_keys_total"), "evicted"]],
      critical: 1,
    }),
    graph({
      title: "Commands",
      description: "What Redis runs. A script counts with the commands in it.",
      unit: units.OpsPerSecond,
      width: 12,
      queries: [[`max(rate(${ours("redis_commands_processed_total")}[$__rate_interval]))`, "commands"]],
    }),
    graph({
      title: "Memory",
      description: "Used, and where it ends.",
      unit: units.BytesIEC,
      width: 12,
      queries: [
        [shared("redis_memory_used_bytes"), "used"],
        [`${shared("redis_memory_max_bytes")} > 0`, "maxmemory"],
      ],
    }),
  ],
};
