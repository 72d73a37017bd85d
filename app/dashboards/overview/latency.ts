import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { graph } from "../panel.ts";
import { quantiles } from "../selector.ts";

export const latency: Row = {
  title: "Latency",
  panels: [
    graph({
      title: "Command to answer",
      description:
        "From a command's arrival until it is answered; what stores is answered when it is stored.",
      unit: units.Seconds,
      width: 8,
      queries: quantiles("websocket_message_latency_seconds"),
      warning: 1,
    }),
    graph({
      title: "Stored to delivered",
      description: "From the store's commit until an event is handed to this instance's sockets.",
      unit: units.Seconds,
      width: 8,
      queries: quantiles("websocket_delivery_latency_seconds"),
      warning: 1,
    }),
    graph({
      title: "Round trip to clients",
      description: "From a protocol ping until its pong: the network, and how busy the clients are.",
      unit: units.Seconds,
      width: 8,
      queries: quantiles("websocket_round_trip_seconds"),
    }),
  ],
};
