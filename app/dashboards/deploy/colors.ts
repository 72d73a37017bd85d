import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { list, type Meanings, timeline } from "../panel.ts";
import { ours } from "../selector.ts";

const states: Meanings = {
  "0": ["away", "text"],
  "1": ["up", "green"],
  "2": ["draining", "blue"],
  "3": ["not ready", "red"],
  "4": ["draining, not ready", "red"],
};

/** 1 for what is up, and what adds to it; 0 for what is away and tells nothing. */
const state = [
  ours("up"),
  ` + on (color, instance) ((${ours("websocket_draining")}`,
  ` + 2 * (${ours("websocket_engine_canary_age_seconds")} > bool 5))`,
  ` or on (color, instance) 0 * ${ours("up")})`,
].join("");

export const colors: Row = {
  title: "Colours",
  panels: [
    timeline({
      title: "State",
      description:
        "Away is how an idle colour may be. Not ready: its canary does not come back from the engine.",
      unit: units.Short,
      width: 8,
      queries: [[state, "{{color}}"]],
      meanings: states,
    }),
    timeline({
      title: "Serves users",
      description: "Which colour answers what comes through Traefik as users do.",
      unit: units.Short,
      width: 8,
      queries: [
        [
          'websocket_build_info{job="websocket"} * on (instance_id) group_left () (0 * websocket_build_info{job="front-door"} + 1)',
          "{{color}}",
        ],
      ],
      meanings: { "1": ["serves", "green"] },
    }),
    list(
      {
        title: "Builds",
        description: "What runs now.",
        unit: units.Short,
        width: 8,
        queries: [[ours("websocket_build_info"), ""]],
      },
      { color: "Colour", version: "Version", instance_id: "Instance" },
    ),
  ],
};
