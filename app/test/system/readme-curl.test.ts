import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { apiRoutes } from "../../src/http/api/api-routes.ts";
import { ServerHome } from "../support/server-home.ts";
import { tokenSecret } from "../support/tokens.ts";

// A process starts here, on machines that may be busy.
setDefaultTimeout(60_000);

const appDirectory = `${import.meta.dir}/../..`;
const readme = await Bun.file(`${appDirectory}/../README.md`).text();
const hasCurl = Bun.which("curl") !== null;

/** Every command of the blocks that are marked as shell, continued lines joined. */
const commands = [...readme.matchAll(/```sh\n(.*?)```/gs)]
  .flatMap(([, block = ""]) => block.replaceAll("\\\n", "").split("\n"))
  .filter((line) => line.startsWith("curl "));

/** What a command calls, as `METHOD /path`. */
function callOf(command: string): string {
  const method = /-X (\w+)/.exec(command)?.[1] ?? "GET";
  return `${method} ${/\$API(\/[^\s"?]*)/.exec(command)?.[1]}`;
}

function matches(call: string, method: string, pattern: string): boolean {
  return new RegExp(`^${method} ${pattern.replaceAll(/:\w+/g, "[^/]+")}$`).test(call);
}

test("README shows a call of every route", () => {
  const calls = commands.map(callOf);
  const missing = apiRoutes.filter(({ method, path }) => !calls.some((call) => matches(call, method, path)));
  expect(missing.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
});

describe.skipIf(!hasCurl)("README's calls, in their order (needs curl)", () => {
  let home: ServerHome;
  const env: Record<string, string> = {};

  /** Runs a line of README; its status other than 2xx fails it. */
  async function run(line: string): Promise<string> {
    const script = `curl() { command curl --fail-with-body "$@"; }\n${line}`;
    const child = Bun.spawn(["bash", "-c", script], {
      cwd: appDirectory,
      env: { ...process.env, JWT_SECRET: tokenSecret, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = await new Response(child.stdout).text();
    const errors = await new Response(child.stderr).text();
    expect([line, await child.exited, errors]).toEqual([line, 0, ""]);
    return output.trim();
  }

  beforeAll(async () => {
    home = await ServerHome.create();
    await home.start({ env: { JWT_SECRET: tokenSecret } });
    env.API = `${home.url}/api`;
    for (const [, name = "", command = ""] of readme.matchAll(/export (\w+)=\$\((bun run [^)]*)\)/g))
      env[name] = await run(command);
  });

  afterAll(async () => {
    await home[Symbol.asyncDispose]();
  });

  test.each(commands)("%s", async (command) => {
    const answer = await run(command);
    if (callOf(command) === "POST /rooms/room:lobby/messages") env.MESSAGE = JSON.parse(answer).messageId;
  });
});
