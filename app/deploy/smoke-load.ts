import { harmless } from "../client/cli/harmless.ts";
import { readArguments, readCount, UsageError } from "../client/cli/read-arguments.ts";
import { type DeployUsers, findUsers, readConfig } from "./deploy-users.ts";
import { LoadTest } from "./load-test.ts";
import { readUrl } from "./read-url.ts";

const usage = `Sends echoes through many sockets of a colour at once, and says whether it answered all, and in time.

Usage: bun run smoke-load --url URL [options]

  --url URL      the colour itself. Run in its network namespace and with http://127.0.0.1:3001, where a server trusts
                 who speaks for others, each socket has an address of its own (of 198.18.0.0/15)
  --count N      sockets, 10 to 5000; default 200
  --seconds N    for so long, 1 to 60; default 5
  --p95-ms N     95 % of the echoes have to be answered within so many ms; default 250
  --help         this text

Users as in bun run smoke. Where a limit of the server stops it, it goes on with as many sockets as were let in, names
the limit, and fails only below 10.

Exit code: 0; 1 if an echo was lost, answered by an error or too many were late; 64 for what makes no sense.`;

const text = { type: "string" } as const;
const options = {
  url: text,
  count: { ...text, default: "200" },
  seconds: { ...text, default: "5" },
  "p95-ms": { ...text, default: "250" },
} as const;
const countMin = 10;
const countMax = 5000;
const secondsMax = 60;
const msMax = 60_000;

const asked = readArguments(usage, options, ({ url, count, seconds, "p95-ms": p95 }) => {
  if (url === undefined) throw new UsageError("--url: expected where the colour is");
  const sockets = readCount("count", count, countMax);
  if (sockets < countMin) throw new UsageError(`--count: expected ${countMin} to ${countMax}`);
  const prefix = `deploy-probe-${crypto.randomUUID().slice(0, 8)}`;
  return {
    url: readUrl("url", url),
    count: sockets,
    seconds: readCount("seconds", seconds, secondsMax),
    p95Ms: readCount("p95-ms", p95, msMax),
    found: findUsers(readConfig(), { prefix }),
  };
});

process.exit(asked.found.ok ? await load(asked.found.users) : fail(asked.found.message));

async function load(users: DeployUsers): Promise<number> {
  const { url, count, seconds } = asked;
  const test = new LoadTest({ url, users, count, seconds });
  await test.fill();
  const isTried = test.open >= countMin && test.refusal === null;
  if (isTried) await test.echo();
  const reasons = problemsOf(test);
  const failed = reasons.length === 0 ? "ok" : "FAIL";
  console.log([`${failed}  ${describe(test)}`, ...reasons].join("; "));
  test.close();
  return reasons.length === 0 ? 0 : 1;
}

function describe({ open, limit, sent, latencies }: LoadTest): string {
  const sockets = limit === null ? `${open} sockets` : `${open} of ${asked.count} sockets (${limit})`;
  const [p50, p95, max] = [0.5, 0.95, 1].map((share) => Math.round(latencies.quantile(share)));
  return `${sockets}, ${latencies.count} of ${sent} echoes: p50 ${p50} ms, p95 ${p95} ms, max ${max} ms`;
}

function problemsOf(test: LoadTest): string[] {
  const { open, refusal, errors, closed, lost, latencies } = test;
  const p95 = latencies.quantile(0.95);
  const problems: [isOne: boolean, text: string][] = [
    [refusal !== null, `a socket was not let in: ${harmless(String(refusal))}`],
    [open < countMin, `fewer than ${countMin} sockets were let in`],
    [errors > 0, `${errors} errors`],
    [closed > 0, `${closed} sockets were closed`],
    [lost > 0, `${lost} echoes lost`],
    [p95 > asked.p95Ms, `p95 is over ${asked.p95Ms} ms`],
  ];
  return problems.filter(([isOne]) => isOne).map(([, text]) => text);
}

function fail(message: string): number {
  console.error(message);
  return 1;
}
