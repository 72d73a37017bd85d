import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { graph, timeline } from "../panel.ts";
import { ours, perSecond, quantile } from "../selector.ts";

const operation = "websocket_engine_operation_seconds";

export const engine: Row = {
  title: "Engine: what instances share",
  panels: [
    graph({
      title: "Operations",
      description:
        "publish stores a message, edit, deletion or reaction; read is what resumes and repairs read; people is members and blocks.",
      unit: units.OpsPerSecond,
      width: 8,
      queries: [[perSecond("operation", ours(`${operation}_count`)), "{{operation}}"]],
    }),
    graph({
      title: "Operations, p50",
      description: "The middle of the time that each takes.",
      unit: units.Seconds,
      width: 8,
      queries: [[quantile(0.5, operation, "operation"), "{{operation}}"]],
    }),
    graph({
      title: "Operations, p99",
      description: "One in a hundred takes longer.",
      unit: units.Seconds,
      width: 8,
      queries: [[quantile(0.99, operation, "operation"), "{{operation}}"]],
      warning: 1,
    }),
    graph({
      title: "Canary age",
      description:
        "Since something sent through the engine last came back; from 5 s on the instance is not ready.",
      unit: units.Seconds,
      width: 12,
      queries: [[`${ours("websocket_engine_canary_age_seconds")} < +Inf`, "{{color}}"]],
      critical: 5,
    }),
    timeline({
      title: "Engine",
      description: "Whether it answers, as each instance sees it.",
      unit: units.Short,
      width: 12,
      queries: [[ours("websocket_engine_up"), "{{color}}"]],
      meanings: { "0": ["down", "red"], "1": ["up", "green"] },
    }),
  ],
};
