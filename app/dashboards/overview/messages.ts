import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { graph } from "../panel.ts";
import { ours, perSecond } from "../selector.ts";

export const messages: Row = {
  title: "Messages",
  panels: [
    graph({
      title: "Commands by type",
      description: "What clients send.",
      unit: units.MessagesPerSecond,
      width: 8,
      queries: [
        [`${perSecond("type", ours("websocket_messages_total", 'direction="received"'))} > 0`, "{{type}}"],
      ],
      isStacked: true,
    }),
    graph({
      title: "Events by type",
      description: "What clients are sent: a message to 100 members is 100 events.",
      unit: units.MessagesPerSecond,
      width: 8,
      queries: [
        [`${perSecond("type", ours("websocket_messages_total", 'direction="sent"'))} > 0`, "{{type}}"],
      ],
      isStacked: true,
    }),
    graph({
      title: "Notifications by result",
      description: "Sent over REST, one for each user.",
      unit: units.EventsPerSecond,
      width: 8,
      queries: [[perSecond("result", ours("websocket_notifications_total")), "{{result}}"]],
      isStacked: true,
    }),
  ],
};
