import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { figure, label } from "../panel.ts";
import { ours, perSecond, total } from "../selector.ts";

export const now: Row = {
  title: "Now",
  panels: [
    figure({
      title: "Users reach us",
      description: "Whether requests that take users' way through Traefik are answered.",
      unit: units.Short,
      width: 3,
      queries: [['up{job="front-door"}', "front door"]],
      meanings: { "0": ["no", "red"], "1": ["yes", "green"] },
      more: "holdline-deploy",
    }),
    label({
      title: "Active colour",
      description: "Which colour answers users' requests.",
      unit: units.Short,
      width: 3,
      queries: [
        [
          'websocket_build_info{job="websocket"} * on (instance_id) group_left () (0 * websocket_build_info{job="front-door"} + 1)',
          "{{color}}",
        ],
      ],
      more: "holdline-deploy",
    }),
    figure({
      title: "Alerts",
      description: "How many alerts fire; README has a paragraph on each.",
      unit: units.Short,
      width: 3,
      queries: [['count(ALERTS{alertstate="firing"}) or vector(0)', "firing"]],
      warning: 1,
    }),
    figure({
      title: "Sessions",
      description:
        "Clients that are connected, each counted once, also while it moves from one colour to the other.",
      unit: units.Short,
      width: 3,
      queries: [[total("websocket_sessions"), "sessions"]],
      warning: 8000,
      critical: 10_000,
    }),
    figure({
      title: "Users",
      description: "People who are connected. Who has clients at both colours counts twice.",
      unit: units.Short,
      width: 3,
      queries: [[total("websocket_users"), "users"]],
    }),
    figure({
      title: "Rooms",
      description: "Rooms in which somebody is. One that is in use at both colours counts twice.",
      unit: units.Short,
      width: 3,
      queries: [[total("websocket_rooms"), "rooms"]],
    }),
    figure({
      title: "Commands",
      description: "What clients send, per second.",
      unit: units.MessagesPerSecond,
      width: 3,
      queries: [[perSecond("", ours("websocket_messages_total", 'direction="received"')), "received"]],
    }),
    figure({
      title: "Faults",
      description:
        "Requests, commands and handshakes that failed through no fault of the client, per second.",
      unit: units.EventsPerSecond,
      width: 3,
      queries: [["job:websocket_faults:rate1m", "faults"]],
      warning: 1,
      critical: 10,
    }),
  ],
};
