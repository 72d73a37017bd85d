import { join } from "node:path";
import { parseArgs } from "node:util";
import { membersPerRoomMax } from "./deploy-load/load-shape.ts";
import { type ProofOptions, prove } from "./deploy-load/proof.ts";
import { proofTable } from "./deploy-load/proof-table.ts";
import { timelineTable } from "./deploy-load/timeline-table.ts";
import { brokenPromises } from "./deploy-load/verdict.ts";
import { stackSecret } from "./stack-secret.ts";

const usage = `Deploys again and again while many clients talk, and says whether anybody noticed.

Usage: bun bench/deploy-proof.ts [options] [-- OPTIONS OF THE DEPLOY]

  --sockets N          how many clients (2000)
  --rooms N            in how many rooms (one for 20 clients)
  --rate N             messages per second, of all together (one of each client in 4 s)
  --flips N            deploys, each to the colour that does not serve (5)
  --steady SECONDS     without a deploy, to compare with (60)
  --open-rate N        sockets opened per second (200)
  --processes N        that the clients are spread over (one for 1000 clients)
  --deploy PROGRAM     what deploys (scripts/blue-green-deploy.sh)
  --timeline           also each deploy in slices of a quarter of a second
  --json               the figures as JSON, not as a table

The stack runs already, with JWT_SECRET and scripts/load/compose.loadtest.yml; STACK_PREFIX as there.
Exit code: 0 nobody noticed, 1 somebody did or a deploy failed, 64 for what makes no sense.`;

const exitUsage = 64;
const membersPerRoom = 20;
const clientsPerProcess = 1000;
const secondsPerMessage = 4;

const text = { type: "string" } as const;
const options = {
  sockets: { ...text, default: "2000" },
  rooms: text,
  rate: text,
  flips: { ...text, default: "5" },
  steady: { ...text, default: "60" },
  "open-rate": { ...text, default: "200" },
  processes: text,
  deploy: { ...text, default: "scripts/blue-green-deploy.sh" },
  timeline: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

process.exit(await run());

async function run(): Promise<number> {
  const asked = await readArguments().catch((error: Error) => error.message);
  if (asked === null) console.log(usage);
  if (asked === null) return 0;
  if (typeof asked === "string") return complain(asked);
  const proof = await prove(asked);
  const { verdict, deploys, timeline } = proof;
  const isJson = Bun.argv.includes("--json");
  console.log(isJson ? JSON.stringify({ verdict, deploys }, null, 2) : proofTable(asked, proof));
  if (Bun.argv.includes("--timeline")) console.error(timelineTable(timeline, deploys));
  const broken = brokenPromises(verdict);
  for (const { color, exitCode } of deploys)
    if (exitCode !== 0) broken.push(`the deploy to ${color} ended with ${exitCode}`);
  for (const line of broken) console.error(`broken: ${line}`);
  return broken.length === 0 ? 0 : 1;
}

/** Null: help is asked for. */
async function readArguments(): Promise<ProofOptions | null> {
  const { values, positionals } = parseArgs({ args: Bun.argv.slice(2), options, allowPositionals: true });
  if (values.help) return null;
  const sockets = readCount("sockets", values.sockets);
  const rooms = readCount("rooms", values.rooms ?? String(Math.ceil(sockets / membersPerRoom)));
  const members = sockets / rooms;
  if (!Number.isInteger(members) || members > membersPerRoomMax)
    throw new Error(`--rooms: ${sockets} sockets do not spread evenly over ${rooms} rooms`);
  const root = join(import.meta.dir, "../..");
  const prefix = Bun.env.STACK_PREFIX ?? "";
  return {
    root,
    traefik: `${prefix}traefik-lb`,
    jwtSecret: await secretOf(prefix),
    sockets,
    membersPerRoom: members,
    rate: readCount("rate", values.rate ?? String(Math.ceil(sockets / secondsPerMessage))),
    flips: readCount("flips", values.flips),
    steadySeconds: readCount("steady", values.steady),
    openedPerSecond: readCount("open-rate", values["open-rate"]),
    processes: readCount("processes", values.processes ?? String(Math.ceil(sockets / clientsPerProcess))),
    deployCommand: [values.deploy, ...positionals],
    say: (line) => console.error(line),
  };
}

function readCount(name: string, value: string): number {
  if (!/^[1-9]\d{0,5}$/.test(value)) throw new Error(`--${name}: expected a whole number from 1`);
  return Number(value);
}

async function secretOf(prefix: string): Promise<string> {
  const secret = await stackSecret(prefix);
  if (secret === null) throw new Error("no colour of the stack runs with JWT_SECRET");
  return secret;
}

function complain(message: string): number {
  console.error(`${message}\n--help says what can be said.`);
  return exitUsage;
}
