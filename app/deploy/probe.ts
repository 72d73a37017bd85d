import { harmless } from "../client/cli/harmless.ts";
import { readArguments, UsageError } from "../client/cli/read-arguments.ts";
import { HoldlineError } from "../client/index.ts";
import { isRoom } from "../src/protocol/names.ts";
import { type DeployUsers, findUsers, readConfig } from "./deploy-users.ts";
import { ProbePair } from "./probe-pair.ts";
import { readUrl } from "./read-url.ts";

const usage = `Two clients send each other numbered messages until SIGTERM or SIGINT; then it says what became of them.

Usage: bun run probe [options]

  --url URL      where the server is; default: this machine, port PORT or 3001
  --room ROOM    where they meet; default: a room of their own
  --help         this text

They are users deploy-probe-1 and -2, signed with JWT_SECRET; else those of DEPLOY_PROBE_TOKENS; else guests, where
neither JWT_SECRET nor JWKS_URL is set. They keep to MESSAGES_PER_MINUTE and delete their messages.
One JSON object per line: {"event":"ready"} when each has seen the other's first message,
{"event":"moved","client":1,"color":"green"} when one is on another server, and last {"event":"verdict",…}, at most 13 s
after the signal. It ends by itself when it is not ready within 60 s, when a client is refused for good, or after 12 hours.

Exit code: 0; 1 if a message was lost, came twice or out of order, or it was never ready; 64 for what makes no sense.`;

const text = { type: "string" } as const;
const readyMaxMs = 60_000;
const lifeMaxMs = 12 * 3_600_000;
/** Lines about trouble that are printed; there may be one per message. */
const notesMax = 20;

const { url, room, found } = readArguments(usage, { url: text, room: text }, ({ url, room }) => {
  const config = readConfig();
  const name = room ?? `room:deploy-${crypto.randomUUID()}`;
  if (!isRoom(name) || name.startsWith("notifications:"))
    throw new UsageError("--room: expected a name such as room:deploy");
  const found = findUsers(config, { prefix: "deploy-probe", rooms: [name] });
  return { url: readUrl("url", url ?? `http://127.0.0.1:${config.port}`), room: name, found };
});

let notes = 0;
process.exit(found.ok ? await probe(found.users) : fail(found.message));

async function probe(users: DeployUsers): Promise<number> {
  const ended = new AbortController();
  const end = () => ended.abort();
  process.on("SIGTERM", end).on("SIGINT", end);
  setTimeout(end, lifeMaxMs);
  const pair = new ProbePair({
    clients: [
      { url, ...users.optionsOf(0) },
      { url, ...users.optionsOf(1) },
    ],
    room,
    report: { moved: (client, color) => say({ event: "moved", client, color }), note, gaveUp: end },
  });
  const isReady = await begin(pair, ended.signal);
  if (isReady) await aborted(ended.signal);
  const verdict = await pair.finish();
  say({ event: "verdict", ...verdict });
  return isReady && verdict.lost + verdict.doubled + verdict.disordered === 0 ? 0 : 1;
}

async function begin(pair: ProbePair, signal: AbortSignal): Promise<boolean> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(readyMaxMs)]);
  const begun = pair.begin(() => !deadline.aborted).catch(refused);
  const isReady = await Promise.race([begun, aborted(deadline).then(() => false)]);
  if (isReady) say({ event: "ready" });
  else console.error("The two clients did not meet.");
  return isReady;
}

function refused(error: unknown): false {
  if (!(error instanceof HoldlineError)) throw error;
  note(0, error);
  return false;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function say(event: object): void {
  console.log(JSON.stringify(event));
}

/** Client 0: both. */
function note(client: number, { code, message }: HoldlineError): void {
  notes += 1;
  if (notes > notesMax) return;
  const who = client === 0 ? "" : `client ${client}: `;
  console.error(
    `${who}${harmless(code)}: ${harmless(message)}${notes === notesMax ? " (the last of these lines)" : ""}`,
  );
}

function fail(message: string): number {
  console.error(message);
  return 1;
}
