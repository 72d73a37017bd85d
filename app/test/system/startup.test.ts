import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { eventually } from "../support/eventually.ts";
import { rawRequest, upgradeHeaders } from "../support/raw-request.ts";
import { ServerHome } from "../support/server-home.ts";
import { unusedPort } from "../support/spawned-server.ts";
import { WsClient } from "../support/ws-client.ts";

// Processes start here, on machines that may be busy.
setDefaultTimeout(60_000);

const exitConfig = 78;

/** Starts a server that cannot run. Resolves with how it ended and the lines on its standard error. */
async function failureOf(home: ServerHome, env: Record<string, string>) {
  const server = await home.spawn({ env });
  const exitCode = await server.exited();
  return { exitCode, lines: server.stderr.trimEnd().split("\n") };
}

function connect(home: ServerHome, id: string | number): Promise<WsClient> {
  return WsClient.connect(`${home.url}/ws/chat/client-${id}`);
}

async function expectFull(home: ServerHome): Promise<void> {
  const refusal = await rawRequest(`${home.url}/ws/chat/too-many`, "GET", upgradeHeaders);
  expect([refusal.status, JSON.parse(refusal.body).error.code]).toEqual([503, "server_full"]);
  expect(Number(refusal.headers.get("retry-after"))).toBeGreaterThan(0);
}

test("all problems of the configuration are reported at once", async () => {
  await using home = await ServerHome.create();
  const { exitCode, lines } = await failureOf(home, {
    PORT: "abc",
    MAX_CONNECTIONS: "-1",
    LOG_LEVEL: "loud",
  });
  expect(exitCode).toBe(exitConfig);
  expect(lines).toHaveLength(4);
  expect(lines.slice(1)).toEqual([
    expect.stringContaining('PORT="abc": expected'),
    expect.stringContaining('MAX_CONNECTIONS="-1": expected'),
    expect.stringContaining('LOG_LEVEL="loud": expected'),
  ]);
});

test("a busy port is one line, and harms neither who has it nor the database", async () => {
  await using home = await ServerHome.create();
  await using other = await ServerHome.create();
  await home.start();
  const { exitCode, lines } = await failureOf(other, { PORT: String(home.port) });
  expect(exitCode).toBe(exitConfig);
  expect(lines).toEqual([
    expect.stringContaining(`PORT=${home.port}, HOST=127.0.0.1: another program listens`),
  ]);
  expect((await fetch(`${home.url}/health/live`)).status).toBe(200);
  await other.start();
});

describe("an unusable database is one line that names it:", () => {
  const unusable: [what: string, make: (path: string) => unknown, says: string][] = [
    ["a directory", (path) => mkdir(path), "is not a file"],
    ["not a database", (path) => Bun.write(path, "dear diary, ".repeat(100)), "is not an SQLite database"],
    ["the database of another program", (path) => makeForeign(path), "is the database of another program"],
  ];
  test.each(unusable)("%s", async (_what, make, says) => {
    await using home = await ServerHome.create();
    await make(home.databasePath);
    const { exitCode, lines } = await failureOf(home, {});
    expect(exitCode).toBe(exitConfig);
    expect(lines).toEqual([expect.stringContaining(`${home.databasePath} ${says}`)]);
  });

  test("in use by another server", async () => {
    await using home = await ServerHome.create();
    await home.start();
    const { exitCode, lines } = await failureOf(home, { PORT: String(unusedPort()) });
    expect(exitCode).toBe(exitConfig);
    expect(lines).toEqual([expect.stringContaining(`${home.databasePath} is in use by another`)]);
    expect((await fetch(`${home.url}/health`)).status).toBe(200);
  });
});

function makeForeign(path: string): void {
  const database = new Database(path);
  database.run("CREATE TABLE song (title TEXT)");
  database.close();
}

test("a server takes over the database of one that is about to end", async () => {
  await using home = await ServerHome.create();
  const first = await home.start();
  const client = await connect(home, 1);
  first.signal("SIGTERM");
  await client.event("goodbye");
  await using elsewhere = await ServerHome.create();
  const second = await elsewhere.start({ env: { DATABASE_PATH: home.databasePath } });
  expect(second.isRunning).toBe(true);
  expect(await first.exited()).toBe(0);
});

test("a log directory that cannot be written is a warning", async () => {
  await using home = await ServerHome.create();
  await Bun.write(home.path("file"), "");
  const server = await home.start({ env: { LOG_DIR: home.path("file/logs") } });
  await eventually("a warning", () => server.stdout.includes("warn  log.degraded"));
  expect((await fetch(`${home.url}/health/live`)).status).toBe(200);
});

test("few files mean a lower limit, a warning, and a refusal before the files run out", async () => {
  await using home = await ServerHome.create();
  const server = await home.start({ shell: "ulimit -n 210" });
  const warning = "limit.lowered maxConnections=10000 effective=10 filesMax=210";
  await eventually("a warning", () => server.stdout.includes(warning));
  expect(await home.metric("websocket_connections_limit")).toBe(10);
  await Promise.all(Array.from({ length: 10 }, (_, index) => connect(home, index)));
  await expectFull(home);
});

test("a full server takes somebody again once somebody left", async () => {
  await using home = await ServerHome.create();
  await home.start({ env: { MAX_CONNECTIONS: "2" } });
  const [first] = [await connect(home, 1), await connect(home, 2)];
  await expectFull(home);
  await first.close();
  await (await connect(home, 3)).close();
});

test("in production every line is JSON, and no guest is let in by mistake", async () => {
  await using home = await ServerHome.create();
  const env = { NODE_ENV: "production" };
  const refused = await failureOf(home, env);
  expect([refused.exitCode, refused.lines.at(-1)]).toEqual([exitConfig, expect.stringContaining("GUESTS=")]);

  const server = await home.start({ env: { ...env, GUESTS: "allow" } });
  await (await connect(home, 1)).close();
  await server.stop();
  const events = server.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).event);
  expect(events).toEqual(expect.arrayContaining(["server.started", "connection.closed", "server.stopped"]));
});
