import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Row } from "../board.ts";
import { graph, timeline } from "../panel.ts";

export const watching: Row = {
  title: "Prometheus",
  panels: [
    timeline({
      title: "Targets",
      description: "Whether each can be scraped. An idle colour may be away.",
      unit: units.Short,
      width: 8,
      queries: [["up", "{{job}} {{color}}"]],
      meanings: { "0": ["away", "text"], "1": ["up", "green"] },
    }),
    graph({
      title: "Scrape duration",
      description: "How long each target takes to answer.",
      unit: units.Seconds,
      width: 8,
      queries: [["scrape_duration_seconds", "{{job}} {{color}}"]],
      warning: 1,
    }),
    graph({
      title: "Series, and rules that failed",
      description: "What Prometheus keeps in memory; a rule that cannot be worked out raises no alert.",
      unit: units.Short,
      width: 8,
      queries: [
        ["prometheus_tsdb_head_series", "series"],
        ["sum(increase(prometheus_rule_evaluation_failures_total[5m]))", "failed rules"],
      ],
    }),
  ],
};
