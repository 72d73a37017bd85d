import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { graph } from "../panel.ts";
import { ours, perSecond, quantiles } from "../selector.ts";

export const continuity: Row = {
  title: "Whether anybody notices",
  panels: [
    graph({
      title: "Joins by result",
      description:
        "recovered: nothing was missed. reset: what was missed can no longer be replayed, and the client was told.",
      unit: units.EventsPerSecond,
      width: 8,
      queries: [
        [`${perSecond("result, reason", ours("websocket_resumes_total"))} > 0`, "{{result}} {{reason}}"],
      ],
      isStacked: true,
    }),
    graph({
      title: "Resyncs",
      description:
        "Positions lost within 5 minutes, by answers to joins and by events; many of them raise an alert.",
      unit: units.Short,
      width: 8,
      queries: [["job:websocket_resyncs:increase5m", "resyncs"]],
      warning: 100,
    }),
    graph({
      title: "Comings and goings",
      description: "Presence told to clients. A deploy causes none.",
      unit: units.EventsPerSecond,
      width: 8,
      queries: [
        [
          perSecond(
            "type",
            ours(
              "websocket_messages_total",
              'direction="sent"',
              'type=~"user_joined|user_left|presence_changed"',
            ),
          ),
          "{{type}}",
        ],
      ],
    }),
    graph({
      title: "Gaps",
      description: "Messages that the bus lost, by what noticed; they are read from the log and delivered.",
      unit: units.EventsPerSecond,
      width: 8,
      queries: [[perSecond("source", ours("websocket_gaps_total")), "{{source}}"]],
    }),
    graph({
      title: "Gap repair",
      description: "From the moment a gap is noticed until it is delivered. Empty while there are none.",
      unit: units.Seconds,
      width: 8,
      queries: quantiles("websocket_gap_repair_seconds"),
      warning: 1.5,
    }),
    graph({
      title: "Repeated commands",
      description: "Sent again since an answer was lost, and answered without being stored twice.",
      unit: units.EventsPerSecond,
      width: 8,
      queries: [[perSecond("color", ours("websocket_dedupe_hits_total")), "{{color}}"]],
    }),
  ],
};
