import { openFilesMax } from "../../src/file-limit.ts";
import { Crowd } from "./crowd.ts";
import { adviseOn } from "./limit-advice.ts";
import { reachServer } from "./reach-server.ts";
import { readArguments, readCount } from "./read-arguments.ts";

const usage = `Opens many connections, sends an echo through each, and says whether all are well.

Usage: bun run connections [options]

  --count N        how many; default 1000
  --per-second N   how fast they are opened; default 200
  --url URL        where the server is; default: this machine, port PORT or 3001
  --token JWT      be one user with all of them; else each is a user of its own: a guest, or with
                   JWT_SECRET set whoever a token is signed for
  --help           this text

Exits with 1 if a connection or an echo was lost, or a limit was met. A server that is to take them
from one address: HANDSHAKES_PER_SECOND_PER_IP=0 MAX_CONNECTIONS_PER_IP=0 ./scripts/start.sh`;

const text = { type: "string" } as const;
const options = {
  count: { ...text, default: "1000" },
  "per-second": { ...text, default: "200" },
  url: text,
  token: text,
} as const;

/** What one address can open to another: there are only so many ports. */
const countMax = 28_000;
const perSecondMax = 10_000;
/** Files that the process needs beside its sockets, and handshakes that are asked about. */
const reservedFiles = 100;
const interruptedExit = 130;

const asked = readArguments(usage, options, ({ count, url, token, ...values }) => ({
  count: readCount("count", count, countMax),
  perSecond: readCount("per-second", values["per-second"], perSecondMax),
  optionsOf: reachServer({ url, token }),
}));

const filesMax = openFilesMax();
if (filesMax < asked.count + reservedFiles) {
  const needed = asked.count + reservedFiles;
  console.error(
    `${asked.count} connections need ${needed} open files, and this process may open ${filesMax}.`,
  );
  console.error(`Run this first: ulimit -n ${needed}`);
  process.exit(1);
}

const crowd = new Crowd(() => asked.optionsOf());
const progress = setInterval(() => report(false), process.stdout.isTTY ? 200 : 2000);
process.once("SIGINT", () => finish(`Interrupted at ${crowd.open} connections.`, interruptedExit));

const startedAt = performance.now();
await crowd.fill(asked.count, asked.perSecond);
const seconds = (performance.now() - startedAt) / 1000;
if (crowd.refusal !== null)
  finish(`Stopped at ${crowd.open} of ${asked.count} connections by ${adviseOn(crowd.refusal)}`, 1);
const { lost, times } = await crowd.echo();
const isWell = lost === 0 && crowd.lost === 0;
finish(
  `${asked.count} connections opened in ${seconds.toFixed(1)} s, ${crowd.lost} of them lost; ` +
    `${times.length} of ${asked.count} echoes came back, half within ${quantile(0.5)} ms, ` +
    `99 % within ${quantile(0.99)} ms. ${isWell ? "All is well." : "That is a loss."}`,
  isWell ? 0 : 1,
);

function quantile(share: number): string {
  return (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(1);
}

function report(isLast: boolean): void {
  const line = `${crowd.open} of ${asked.count} connections open, ${crowd.echoed} echoes, ${crowd.lost} lost`;
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}${isLast ? "\n" : ""}`);
  else console.log(line);
}

function finish(verdict: string, exitCode: number): never {
  clearInterval(progress);
  report(true);
  console.log(verdict);
  crowd.close();
  process.exit(exitCode);
}
