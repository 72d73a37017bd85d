import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as statetimeline from "@grafana/grafana-foundation-sdk/statetimeline";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

type Query = readonly [expr: string, legend: string];
export type PanelBuilder = Builder<dashboard.Panel>;

export interface PanelSpec {
  readonly title: string;
  /** What it shows and what to make of it: the question mark beside the title. */
  readonly description: string;
  readonly unit: string;
  /** In 24ths of the board. */
  readonly width: number;
  readonly queries: readonly Query[];
  /** From where on it is coloured; the alerts' numbers, where there is one. */
  readonly warning?: number;
  readonly critical?: number;
  /** What a number means. */
  readonly meanings?: Meanings;
  /** The board that tells more. */
  readonly more?: string;
}

/** Text and colour by value. */
export type Meanings = Readonly<Record<string, readonly [text: string, color: string]>>;

interface GraphSpec extends PanelSpec {
  readonly isStacked?: boolean;
  readonly max?: number;
}

/** Chosen at the top of a board, so that it works with any Prometheus. */
export const source: common.DataSourceRef = { type: "prometheus", uid: "$" + "{datasource}" };

const rowHeight = 8;
const statHeight = 4;

export function graph(spec: GraphSpec): PanelBuilder {
  const panel = new timeseries.PanelBuilder()
    .lineWidth(1)
    .fillOpacity(spec.isStacked ? 30 : 8)
    .showPoints(common.VisibilityMode.Never)
    .min(0)
    .legend(legend())
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi))
    .overrideByRegexp("/^blue/", fixedColor("blue"))
    .overrideByRegexp("/^green/", fixedColor("green"));
  if (spec.isStacked) panel.stacking(stacking());
  if (spec.max !== undefined) panel.max(spec.max);
  if (spec.warning !== undefined || spec.critical !== undefined) panel.thresholdsStyle(dashed());
  return described(panel, spec).height(rowHeight);
}

export function figure(spec: PanelSpec): PanelBuilder {
  const panel = new stat.PanelBuilder()
    .colorMode(common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.Area)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]));
  return described(panel, spec).height(statHeight);
}

/** Shows the legend, not the number. */
export function label(spec: PanelSpec): PanelBuilder {
  const panel = new stat.PanelBuilder()
    .colorMode(common.BigValueColorMode.None)
    .graphMode(common.BigValueGraphMode.None)
    .textMode(common.BigValueTextMode.Name)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]));
  return described(panel, spec).height(statHeight);
}

export function timeline(spec: PanelSpec): PanelBuilder {
  const panel = new statetimeline.PanelBuilder()
    .mergeValues(true)
    .showValue(common.VisibilityMode.Auto)
    .legend(legend());
  return described(panel, spec).height(rowHeight);
}

/** What is true now: a line for each series. `columns`: which labels are shown, and how they are called. */
export function list(spec: PanelSpec, columns: Readonly<Record<string, string>>): PanelBuilder {
  const panel = new table.PanelBuilder()
    .withTransformation({ id: "filterFieldsByName", options: { include: { names: Object.keys(columns) } } })
    .withTransformation({ id: "organize", options: { renameByName: columns } });
  return described(panel, spec, (query) => query.instant().format(prometheus.PromQueryFormat.Table)).height(
    rowHeight,
  );
}

type AnyPanel = timeseries.PanelBuilder | stat.PanelBuilder | statetimeline.PanelBuilder | table.PanelBuilder;
type QueryShape = (query: prometheus.DataqueryBuilder) => prometheus.DataqueryBuilder;

function described<T extends AnyPanel>(panel: T, spec: PanelSpec, shape: QueryShape = (query) => query): T {
  panel
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .span(spec.width)
    .datasource(source)
    .thresholds(thresholds(spec))
    .noValue("–");
  if (spec.meanings !== undefined) panel.mappings([meaning(spec.meanings)]);
  if (spec.more !== undefined) panel.links([moreOn(spec.more)]);
  spec.queries.forEach(([expr, legendText], index) => {
    const refId = String.fromCharCode("A".charCodeAt(0) + index);
    const query = new prometheus.DataqueryBuilder().refId(refId).datasource(source).expr(expr);
    panel.withTarget(shape(query.range().legendFormat(legendText)));
  });
  return panel;
}

function thresholds({ warning, critical }: PanelSpec) {
  const steps: dashboard.Threshold[] = [{ value: null, color: "green" }];
  if (warning !== undefined) steps.push({ value: warning, color: "orange" });
  if (critical !== undefined) steps.push({ value: critical, color: "red" });
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps(steps);
}

function meaning(meanings: Meanings): dashboard.ValueMap {
  const options = Object.entries(meanings).map(([value, [text, color]], index) => {
    return [value, { text, color, index }] as const;
  });
  return { type: dashboard.MappingType.ValueToText, options: Object.fromEntries(options) };
}

function moreOn(uid: string) {
  return new dashboard.DashboardLinkBuilder("More").type(dashboard.DashboardLinkType.Link).url(`/d/${uid}`);
}

function legend() {
  return new common.VizLegendOptionsBuilder()
    .displayMode(common.LegendDisplayMode.List)
    .placement(common.LegendPlacement.Bottom)
    .showLegend(true);
}

const stacking = () => new common.StackingConfigBuilder().mode(common.StackingMode.Normal);
const dashed = () =>
  new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed);
const fixedColor = (color: string) => [{ id: "color", value: { mode: "fixed", fixedColor: color } }];
