import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { graph } from "../panel.ts";
import { byColor, ours, perSecond } from "../selector.ts";

export const people: Row = {
  title: "People",
  panels: [
    graph({
      title: "Sessions",
      description: "By the colour that their newest socket is at.",
      unit: units.Short,
      width: 8,
      queries: byColor("websocket_sessions"),
      isStacked: true,
      warning: 8000,
    }),
    graph({
      title: "Sockets",
      description: "Open sockets. During a handover a session has two.",
      unit: units.Short,
      width: 8,
      queries: byColor("websocket_connections_total"),
      critical: 10_000,
    }),
    graph({
      title: "Rooms",
      description: "Rooms with members at each colour.",
      unit: units.Short,
      width: 8,
      queries: byColor("websocket_rooms"),
    }),
    graph({
      title: "Sockets opened and closed",
      description:
        "Handshakes accepted, and sockets closed, by close code. 1000 left by itself, 1006 vanished.",
      unit: units.EventsPerSecond,
      width: 12,
      queries: [
        [perSecond("", ours("websocket_connections_opened_total")), "opened"],
        [`${perSecond("code", ours("websocket_disconnects_total"))} > 0`, "closed {{code}}"],
      ],
    }),
    graph({
      title: "Users",
      description: "People connected to each colour.",
      unit: units.Short,
      width: 12,
      queries: byColor("websocket_users"),
    }),
  ],
};
