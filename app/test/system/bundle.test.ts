import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumPath, Visitor } from "../support/browser.ts";
import { SpawnedServer } from "../support/spawned-server.ts";

const appDirectory = join(import.meta.dir, "../..");
let bundle: string;
let server: SpawnedServer;

// --no-install: Bun would otherwise fetch a package that the bundle lacks, and hide that it lacks it.
beforeAll(async () => {
  bundle = await mkdtemp(join(tmpdir(), "holdline-bundle-"));
  await Bun.$`bun build.ts ${bundle}`.cwd(appDirectory).quiet();
  const env = { CONTROL_SOCKET: join(bundle, "control.sock") };
  server = await SpawnedServer.start([process.execPath, "--no-install", join(bundle, "main.js")], bundle, {
    env,
  });
}, 60_000);

afterAll(async () => {
  await server?.stop();
  await rm(bundle, { recursive: true, force: true });
});

test("the bundle serves without node_modules", async () => {
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
});

test("the bundle stores what is sent: its SQLite writer starts", async () => {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/ws/chat/bundle`);
  const stored = answerTo(socket, "send");
  socket.onopen = () => {
    socket.send(JSON.stringify({ type: "join", id: "join", payload: { rooms: [{ room: "room:bundle" }] } }));
    socket.send(
      JSON.stringify({ type: "send_message", id: "send", payload: { room: "room:bundle", content: "hi" } }),
    );
  };
  expect(await stored).toMatchObject({ type: "message_response", payload: { seq: 1, duplicate: false } });
  socket.close();
});

test("the bundle brings what operators type along", async () => {
  const control = Bun.$`bun --no-install run --silent control status --socket ${join(bundle, "control.sock")}`;
  expect(await control.cwd(bundle).json()).toMatchObject({ ready: true, connections: 0 });
  const secret = { ...process.env, JWT_SECRET: "a secret of more than thirty-two bytes" };
  const token = await Bun.$`bun --no-install run --silent token --sub alice`.cwd(bundle).env(secret).text();
  expect(token.trim().split(".")).toHaveLength(3);
  const smoke = Bun.$`bun --no-install run --silent smoke --url ${server.url} --color none`.cwd(bundle);
  expect(await smoke.text()).toContain("100 messages each way in order");
  for (const program of ["probe", "smoke-load", "figures"]) {
    const help = await Bun.$`bun --no-install run --silent ${program} --help`.cwd(bundle).text();
    expect(help).toContain(`Usage: bun run ${program}`);
  }
});

test("the bundle brings the page along", async () => {
  const response = await fetch(`${server.url}/`);
  expect(response.headers.get("content-type")).toContain("text/html");
  expect(await response.text()).toContain("<title>");
});

test.skipIf(chromiumPath === null)(
  "the bundle's page connects, in few requests (needs chromium)",
  async () => {
    await using visitor = await Visitor.create();
    const page = await visitor.open(server.url);
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await page.reload();
    await page.waitForSelector('#state[data-kind="connected"]');
    expect(requests.length).toBeLessThan(20);
    expect(visitor.complaints).toEqual([]);
  },
  60_000,
);

test("the bundle brings the SDK along", async () => {
  const response = await fetch(`${server.url}/client.js`);
  expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("createClient")]);
});

test("the bundle brings the API's page along", async () => {
  for (const path of ["/docs", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css"]) {
    const response = await fetch(server.url + path);
    expect([response.status, (await response.text()).length > 100]).toEqual([200, true]);
  }
});

function answerTo(socket: WebSocket, id: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.onclose = ({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`));
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.id === id) resolve(frame);
    };
  });
}
