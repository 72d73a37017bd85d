import { readArguments, UsageError } from "../client/cli/read-arguments.ts";
import { CheckList } from "./check-list.ts";
import { type DeployUsers, findUsers, readConfig } from "./deploy-users.ts";
import { readUrl } from "./read-url.ts";
import { checkForgedToken, checkHealth, checkVersion } from "./server-answers.ts";
import { SmokeTest } from "./smoke-test.ts";

const usage = `Tries whether a colour does what users need, before any of them is sent there.

Usage: bun run smoke --url URL --color COLOR [options]

  --url URL        the colour itself, such as http://websocket-green:3001
  --color COLOR    which one it should be: blue, green or none
  --version ID     which build it should be, as /health shows it: 0.1.0+ID, or all of it
  --other-url URL  the other colour, which has to hear what is said here
  --help           this text

Users are signed with JWT_SECRET; else they are those of DEPLOY_PROBE_TOKENS; else guests, where neither JWT_SECRET nor
JWKS_URL is set. They keep to MESSAGES_PER_MINUTE, with as many users as 100 messages each way take (at most 14; with
fewer tokens, fewer messages), in a room of their own whose messages are deleted afterwards.
One line per check: "ok     12 ms  greeting names green", or "FAIL   12 ms  greeting: names blue, not green".

Exit code: 0 if all hold; 1 if one does not, each within 30 s; 64 for what makes no sense.`;

const text = { type: "string" } as const;
const options = { url: text, color: text, version: text, "other-url": text } as const;
const checkMaxMs = 30_000;

const asked = readArguments(usage, options, ({ url, color, version, "other-url": other }) => {
  if (url === undefined) throw new UsageError("--url: expected where the colour is");
  if (color !== "blue" && color !== "green" && color !== "none")
    throw new UsageError("--color: expected blue, green or none");
  const room = `room:deploy-${crypto.randomUUID()}`;
  const run = crypto.randomUUID().slice(0, 8);
  const found = findUsers(readConfig(), { prefix: `deploy-probe-${run}`, rooms: [room] });
  const otherUrl = other === undefined ? undefined : readUrl("other-url", other);
  return { url: readUrl("url", url), color, version, otherUrl, room, found };
});

process.exit(asked.found.ok ? await smoke(asked.found.users) : fail(asked.found.message));

async function smoke(users: DeployUsers): Promise<number> {
  const { url, color, version, otherUrl, room } = asked;
  const checks = new CheckList(console.log, checkMaxMs);
  // Without these nothing else can be expected.
  if (!(await checks.run("health", () => checkHealth(url)))) return 1;
  if (!(await checks.run("version", () => checkVersion(url, version)))) return 1;
  const smokeTest = new SmokeTest(url, users, room);
  if (!(await checks.run("greeting", () => smokeTest.greeting(color, version)))) return 1;
  await checks.run("messages", () => smokeTest.exchange());
  if (otherUrl !== undefined) await checks.run("other colour", () => smokeTest.otherColour(otherUrl));
  await checks.run("resume", () => smokeTest.resume());
  await checks.run("forged token", () => checkForgedToken(url));
  await checks.run("deleting", () => smokeTest.removeMessages());
  return checks.failures === 0 ? 0 : 1;
}

function fail(message: string): number {
  console.error(message);
  return 1;
}
