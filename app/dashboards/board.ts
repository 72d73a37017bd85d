import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import { type PanelBuilder, source } from "./panel.ts";

export interface Row {
  readonly title: string;
  readonly panels: readonly PanelBuilder[];
}

interface BoardSpec {
  /** Also in its URL: /d/<uid>. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
}

/** What the boards know each other by. */
const tag = "holdline";

export function board({ uid, title, description, rows }: BoardSpec): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([tag])
    .readonly()
    .refresh("10s")
    .time({ from: "now-1h", to: "now" })
    .timezone("browser")
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .variables([dataSources(), colors(), instances()])
    .annotations([alerts(), switches(), deploys()])
    .link(otherBoards());
  for (const row of rows) {
    builder.withRow(new dashboard.RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  return numbered(builder.build());
}

/** Grafana would number them by itself, otherwise at each start. */
function numbered(built: dashboard.Dashboard): dashboard.Dashboard {
  return { ...built, panels: (built.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 })) };
}

function dataSources() {
  return new dashboard.DatasourceVariableBuilder("datasource").label("Data source").type("prometheus");
}

/** `up` is there for a colour that is not: it can be chosen, and its panels are empty. */
function colors() {
  return choice("color", 'label_values(up{job="websocket"}, color)').label("Colour");
}

function instances() {
  return choice("instance", 'label_values(up{job="websocket", color=~"$color"}, instance)').label("Instance");
}

function choice(name: string, query: string) {
  return new dashboard.QueryVariableBuilder(name)
    .datasource(source)
    .query({ qryType: 1, query, refId: "PrometheusVariableQueryEditor-VariableQuery" })
    .definition(query)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(".+")
    .current({ selected: true, text: "All", value: "$__all" });
}

function alerts() {
  return new dashboard.AnnotationQueryBuilder()
    .name("Alerts")
    .datasource(source)
    .enable(true)
    .iconColor("red")
    .expr('ALERTS{alertstate="firing"}')
    .titleFormat("{{alertname}}")
    .textFormat("{{severity}} {{color}}")
    .step("10s");
}

/** A line where users' requests begin to be answered by another instance. */
function switches() {
  return new dashboard.AnnotationQueryBuilder()
    .name("Switches")
    .datasource(source)
    .enable(true)
    .iconColor("blue")
    .expr('websocket_build_info{job="front-door"} unless websocket_build_info{job="front-door"} offset 30s')
    .titleFormat("Users reach {{instance_id}}")
    .textFormat("version {{version}}")
    .step("10s");
}

/** What the deploy script tells Grafana of its phases. */
function deploys() {
  return new dashboard.AnnotationQueryBuilder()
    .name("Deploys")
    .datasource({ type: "grafana", uid: "-- Grafana --" })
    .enable(true)
    .iconColor("purple")
    .target({ build: () => ({ ...deployTags, _implementsDataqueryVariant() {} }) });
}

const deployTags = { type: "tags", tags: ["holdline", "deploy"], matchAny: false, limit: 100 };

function otherBoards() {
  return new dashboard.DashboardLinkBuilder("Holdline")
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags([tag])
    .asDropdown(false)
    .includeVars(true)
    .keepTime(true);
}
