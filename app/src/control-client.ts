import { parseArgs } from "node:util";
import { describeProblems, loadConfig } from "./config.ts";
import { followDrain } from "./follow-drain.ts";
import { untilReady } from "./until-ready.ts";

const usage = `Asks a running server on this machine, over its control socket (CONTROL_SOCKET).

Usage: bun run control COMMAND [options]

  status            who it is, how many are connected, how far a drain is
  ready             waits until it is there and takes handshakes
  drain             refuses handshakes and sends its connections to another instance
  undrain           takes that back: who was told to leave is told to stay

  --rate N          drain: connections per second, else DRAIN_RATE
  --grace MS        drain: how long each has to move, else DRAIN_GRACE
  --percent N       drain: only so many of the connections, 1 to 100
  --follow          drain: a line a second, "moved M forced F lost L remaining R of T", until all
                    that it is for have left; it ends with " paused" while nobody could move
  --pid N           ready: gives up when that process has ended
  --timeout SEC     ready, drain --follow: how long that may take, 1 to 86400; default 3600
  --socket PATH     another socket than CONTROL_SOCKET
  --help            this text

Prints JSON, or what --follow says; ready prints nothing. Exit code: 0, 1 if the server refuses, is not there or not
ready in time, or a drain that is followed is taken back or late, 64 for what makes no sense, 78 if the configuration
that would say where it is cannot be used.`;

/** EX_USAGE and EX_CONFIG of sysexits.h. */
const exitUsage = 64;
const exitConfig = 78;

const text = { type: "string" } as const;
const options = {
  rate: text,
  grace: text,
  percent: text,
  follow: { type: "boolean", default: false },
  pid: text,
  timeout: { ...text, default: "3600" },
  socket: text,
  help: { type: "boolean", default: false },
} as const;

const timeoutSecondsMax = 86_400;
/** An answer takes milliseconds; a server that hangs must not hold up who asks. */
const answerMaxMs = 10_000;

const methods: Readonly<Record<string, "GET" | "POST">> = {
  status: "GET",
  ready: "GET",
  drain: "POST",
  undrain: "POST",
};

process.exit(await run());

async function run(): Promise<number> {
  const asked = readArguments();
  if (typeof asked === "string") return complain(asked);
  const { command, body, follow, pid, timeoutSeconds, socket, help } = asked;
  if (help) console.log(usage);
  if (help) return 0;
  const method = methods[command];
  if (method === undefined)
    return complain(command === "" ? "Say what to do." : `${command}: no such command.`);
  if (follow && command !== "drain") return complain("--follow: only of a drain.");
  const path = socket ?? socketOfConfig();
  if (path === null) return exitConfig;
  if (command === "ready") return waitUntilReady(path, timeoutSeconds, pid);
  return follow ? drainAndFollow(path, body, timeoutSeconds) : ask(path, method, command, body);
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({ args: Bun.argv.slice(2), options, allowPositionals: true });
    const { rate, grace, percent, follow, socket, help } = values;
    const timeoutSeconds = readCount(values.timeout) ?? 0;
    if (timeoutSeconds < 1 || timeoutSeconds > timeoutSecondsMax)
      throw new Error(`--timeout: expected 1 to ${timeoutSecondsMax}`);
    const body = { ratePerSecond: readCount(rate), graceMs: readCount(grace), percent: readCount(percent) };
    const pid = readCount(values.pid);
    return { command: positionals[0] ?? "", body, follow, pid, timeoutSeconds, socket, help };
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
}

function readCount(value: string | undefined): number | undefined {
  if (value !== undefined && !/^\d{1,10}$/.test(value)) throw new Error(`${value}: expected a whole number`);
  return value === undefined ? undefined : Number(value);
}

/** Null: it cannot be used, which is said. */
function socketOfConfig(): string | null {
  const loaded = loadConfig();
  if (loaded.ok) return loaded.config.controlSocket;
  console.error(describeProblems(loaded.problems));
  return null;
}

async function ask(socket: string, method: "GET" | "POST", command: string, body: object): Promise<number> {
  try {
    const { ok, answer } = await request(socket, method, command, body);
    console.log(JSON.stringify(answer, null, 2));
    return ok ? 0 : 1;
  } catch {
    return noAnswer(socket);
  }
}

async function drainAndFollow(socket: string, body: object, timeoutSeconds: number): Promise<number> {
  try {
    const { ok, answer } = await request(socket, "POST", "drain", body);
    if (!ok) return fail(JSON.stringify(answer));
    const status = async () => (await request(socket, "GET", "status")).answer;
    const result = await followDrain({ status, print: console.log, timeoutSeconds });
    if (result === "done") return 0;
    return fail(result === "timeout" ? `Not done after ${timeoutSeconds} s.` : "The drain was taken back.");
  } catch {
    return noAnswer(socket);
  }
}

async function waitUntilReady(socket: string, timeoutSeconds: number, pid?: number): Promise<number> {
  const status = async () => (await request(socket, "GET", "status")).answer;
  const hasEnded = () => pid !== undefined && !isRunning(pid);
  const result = await untilReady({ status, hasEnded, timeoutSeconds });
  if (result === "ready") return 0;
  return fail(result === "ended" ? `Process ${pid} has ended.` : `Not ready after ${timeoutSeconds} s.`);
}

/** Also if it is another user's. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function request(socket: string, method: "GET" | "POST", command: string, body?: object) {
  const response = await fetch(`http://localhost/${command}`, {
    method,
    unix: socket,
    signal: AbortSignal.timeout(answerMaxMs),
    ...(method === "POST" ? { body: JSON.stringify(body) } : {}),
  });
  return { ok: response.ok, answer: await response.json() };
}

function noAnswer(socket: string): number {
  return fail(`No server answers at ${socket}.`);
}

function fail(message: string): number {
  console.error(message);
  return 1;
}

function complain(message: string): number {
  console.error(`${message}\nbun run control --help says what can be said.`);
  return exitUsage;
}
