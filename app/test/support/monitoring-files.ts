import { join } from "node:path";

/** Where the stack's Prometheus reads the token; on this machine it is elsewhere. */
const stackTokenFile = "/run/holdline/metrics_token";

export const prometheusDirectory = join(import.meta.dir, "../../../prometheus");
export const hasPrometheus = Bun.which("promtool") !== null && Bun.which("prometheus") !== null;

export interface ScrapeJob {
  readonly job_name: string;
  readonly static_configs: readonly { readonly targets: readonly string[] }[];
}

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The configuration with another file of the token, as text that may be changed further. */
export async function configWithToken(tokenFile: string): Promise<string> {
  const text = await Bun.file(join(prometheusDirectory, "prometheus.yml")).text();
  return text.replaceAll(stackTokenFile, tokenFile);
}

export async function readScrapeJobs(): Promise<readonly ScrapeJob[]> {
  const config = Bun.YAML.parse(await configWithToken(stackTokenFile)) as { scrape_configs: ScrapeJob[] };
  return config.scrape_configs;
}

export async function readAlerts(): Promise<readonly Alert[]> {
  const text = await Bun.file(join(prometheusDirectory, "rules/alerts.yml")).text();
  const { groups } = Bun.YAML.parse(text) as { groups: { rules: Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}
