import { readArguments, readCount, UsageError } from "../client/cli/read-arguments.ts";
import { readConfig } from "./deploy-users.ts";
import { MetricsSample } from "./metrics-sample.ts";
import { readUrl } from "./read-url.ts";
import { excesses, figuresBetween } from "./server-figures.ts";

const usage = `Says how a server is doing, from its own /metrics read twice, and whether that is within bounds.

Usage: bun run figures [options]

  --seconds N                  between the two, 1 to 300; default 5
  --errors-per-second N        of the server's own (internal, unavailable); default 1
  --latency-p95-ms N           a command received until answered; default 1000
  --failed-resumes-percent N   of 20 resumes and more; default 5
  --url URL                    which server; default: this machine, port PORT or 3001
  --help                       this text

METRICS_TOKEN is sent where it is set. Prints one JSON object: {"errorsPerSecond", "latencyP95Ms" (null where nothing
was asked), "resumes", "failedResumes", "opened" (since the start), "openedPerSecond", "connections"}.

Exit code: 0; 1 if a bound is exceeded, each a line on stderr, or there are no figures; 64 for what makes no sense.`;

const text = { type: "string" } as const;
const options = {
  seconds: { ...text, default: "5" },
  "errors-per-second": { ...text, default: "1" },
  "latency-p95-ms": { ...text, default: "1000" },
  "failed-resumes-percent": { ...text, default: "5" },
  url: text,
} as const;
const secondsMax = 300;
const answerMaxMs = 10_000;

const asked = readArguments(usage, options, ({ seconds, url, ...bounds }) => {
  const { port, metricsToken } = readConfig();
  const bound = (name: keyof typeof bounds) => readBound(name, bounds[name]);
  return {
    url: readUrl("url", url ?? `http://127.0.0.1:${port}`),
    seconds: readCount("seconds", seconds, secondsMax),
    headers: metricsToken === undefined ? {} : { authorization: `Bearer ${metricsToken}` },
    bounds: {
      errorsPerSecond: bound("errors-per-second"),
      latencyP95Ms: bound("latency-p95-ms"),
      failedResumesPercent: bound("failed-resumes-percent"),
    },
  };
});

process.exit(await tell());

async function tell(): Promise<number> {
  const before = await sample();
  if (typeof before === "string") return fail(before);
  await Bun.sleep(asked.seconds * 1000);
  const after = await sample();
  if (typeof after === "string") return fail(after);
  const figures = figuresBetween(before, after);
  console.log(JSON.stringify(figures));
  const exceeded = excesses(figures, asked.bounds);
  return exceeded.length === 0 ? 0 : fail(exceeded.join("\n"));
}

/** Or why there is none. */
async function sample(): Promise<MetricsSample | string> {
  const { url, headers } = asked;
  try {
    const response = await fetch(`${url}/metrics`, { headers, signal: AbortSignal.timeout(answerMaxMs) });
    return response.ok
      ? new MetricsSample(await response.text(), performance.now())
      : `/metrics answers ${response.status}`;
  } catch {
    return `No server answers at ${url}`;
  }
}

function readBound(name: string, text: string): number {
  const bound = Number(text);
  if (!/^\d{1,9}(\.\d{1,3})?$/.test(text)) throw new UsageError(`--${name}: expected a number from 0`);
  return bound;
}

function fail(message: string): number {
  console.error(message);
  return 1;
}
