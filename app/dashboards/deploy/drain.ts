import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { graph } from "../panel.ts";
import { byColor, ours, perSecond } from "../selector.ts";

export const drain: Row = {
  title: "Drain",
  panels: [
    graph({
      title: "Sockets to see off",
      description: "Falls by DRAIN_RATE per second, less where many clients have one address.",
      unit: units.Short,
      width: 6,
      queries: byColor("websocket_drain_remaining"),
    }),
    graph({
      title: "Handovers by result",
      description:
        "moved: left by itself. forced: was closed when its time was over. lost: broke. stayed: was told that it may.",
      unit: units.EventsPerSecond,
      width: 6,
      queries: [[perSecond("result", ours("websocket_handovers_total")), "{{result}}"]],
      isStacked: true,
    }),
    graph({
      title: "Goodbyes",
      description: "Told to leave, and told that they may stay.",
      unit: units.EventsPerSecond,
      width: 6,
      queries: [
        [
          perSecond("type", ours("websocket_messages_total", 'direction="sent"', 'type=~"goodbye|stay"')),
          "{{type}}",
        ],
      ],
    }),
    graph({
      title: "Sent elsewhere, or closed",
      description:
        "Handshakes that met a draining colour, and sockets closed with 1012 or 4501, whose clients did not move.",
      unit: units.EventsPerSecond,
      width: 6,
      queries: [
        [perSecond("", ours("websocket_connections_rejected_total", 'reason="draining"')), "handshakes"],
        [perSecond("code", ours("websocket_disconnects_total", 'code=~"1012|4501"')), "closed {{code}}"],
      ],
    }),
  ],
};
