import { parseArgs } from "node:util";
import { describeProblems, loadConfig } from "./config.ts";

const usage = `Asks a running server on this machine, over its control socket (CONTROL_SOCKET).

Usage: bun run control COMMAND [options]

  status            who it is, how many are connected, how far a drain is
  drain             refuses handshakes and sends its connections to another instance
  undrain           takes that back: who was told to leave is told to stay

  --rate N          drain: connections per second, else DRAIN_RATE
  --grace MS        drain: how long each has to move, else DRAIN_GRACE
  --percent N       drain: only so many of the connections, 1 to 100
  --socket PATH     another socket than CONTROL_SOCKET
  --help            this text

Prints JSON. Exit code: 0, 1 if the server refuses or is not there, 64 for what makes no sense.`;

/** EX_USAGE of sysexits.h. */
const exitUsage = 64;

const text = { type: "string" } as const;
const options = {
  rate: text,
  grace: text,
  percent: text,
  socket: text,
  help: { type: "boolean", default: false },
} as const;

const methods: Readonly<Record<string, "GET" | "POST">> = { status: "GET", drain: "POST", undrain: "POST" };

process.exit(await run());

async function run(): Promise<number> {
  const asked = readArguments();
  if (typeof asked === "string") return complain(asked);
  const { command, body, socket, help } = asked;
  if (help) console.log(usage);
  if (help) return 0;
  const method = methods[command];
  if (method === undefined)
    return complain(command === "" ? "Say what to do." : `${command}: no such command.`);
  return ask(socket ?? socketOfConfig(), method, command, body);
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({ args: Bun.argv.slice(2), options, allowPositionals: true });
    const { rate, grace, percent, socket, help } = values;
    const body = { ratePerSecond: readCount(rate), graceMs: readCount(grace), percent: readCount(percent) };
    return { command: positionals[0] ?? "", body, socket, help };
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
}

function readCount(value: string | undefined): number | undefined {
  if (value !== undefined && !/^\d{1,10}$/.test(value)) throw new Error(`${value}: expected a whole number`);
  return value === undefined ? undefined : Number(value);
}

function socketOfConfig(): string {
  const loaded = loadConfig();
  if (!loaded.ok) throw new Error(describeProblems(loaded.problems));
  return loaded.config.controlSocket;
}

async function ask(socket: string, method: "GET" | "POST", command: string, body: object): Promise<number> {
  try {
    const request = { method, unix: socket, ...(method === "POST" ? { body: JSON.stringify(body) } : {}) };
    const response = await fetch(`http://localhost/${command}`, request);
    console.log(JSON.stringify(await response.json(), null, 2));
    return response.ok ? 0 : 1;
  } catch {
    console.error(`No server answers at ${socket}.`);
    return 1;
  }
}

function complain(message: string): number {
  console.error(`${message}\nbun run control --help says what can be said.`);
  return exitUsage;
}
