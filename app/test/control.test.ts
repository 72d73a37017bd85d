import { expect, test } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "../client/index.ts";
import type { ControlStatus } from "../src/control.ts";
import { eventually } from "./support/eventually.ts";
import { ServerHome } from "./support/server-home.ts";

const appDirectory = join(import.meta.dir, "..");

/** Runs `bun run control` against the server's socket. */
const control = (home: ServerHome, ...args: string[]) =>
  controlWith({ CONTROL_SOCKET: home.path("control.sock") }, ...args);

async function controlWith(env: Record<string, string>, ...args: string[]) {
  const process = Bun.spawn(["bun", "src/control-client.ts", ...args], {
    cwd: appDirectory,
    env: { ...Bun.env, ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const output = await new Response(process.stdout).text();
  const complaint = await new Response(process.stderr).text();
  const exitCode = await process.exited;
  return {
    exitCode,
    complaint,
    status: (output.startsWith("{") ? JSON.parse(output) : null) as ControlStatus,
  };
}

test("a server tells its status to its owner, over a socket that is nobody else's", async () => {
  await using home = await ServerHome.create();
  await home.start({ env: { COLOR: "blue", INSTANCE_ID: "one" } });
  await eventually("readiness", async () => (await control(home, "status")).status.ready);
  const { exitCode, status } = await control(home, "status");
  expect([exitCode, status.instance, status.color, status.connections]).toEqual([0, "one", "blue", 0]);
  expect(status.drain).toMatchObject({ state: "running", told: 0 });
  expect(statSync(home.path("control.sock")).mode & 0o777).toBe(0o600);
});

test("drain tells clients to leave and refuses handshakes; undrain takes it back", async () => {
  await using home = await ServerHome.create();
  const { url } = await home.start();
  const frames: string[] = [];
  const client = createClient({ url, handover: false });
  client.on("frame", ({ text }) => frames.push(text));
  await client.room("room:a").join();
  const drained = await control(home, "drain", "--rate", "100", "--grace", "60000");
  expect([drained.exitCode, drained.status.drain.state, drained.status.ready]).toEqual([
    0,
    "draining",
    false,
  ]);
  await eventually("goodbye", () =>
    frames.some((frame) => frame.includes('"goodbye"') && frame.includes("60000")),
  );
  expect((await fetch(`${url}/ws/chat/new`)).status).toBe(503);
  const { status } = await control(home, "undrain");
  expect(status.drain.state).toBe("running");
  await eventually("stay", () => frames.some((frame) => frame.includes('"stay"')));
  expect((await fetch(`${url}/ws/chat/new`)).status).toBe(426);
  expect(client.state).toBe("connected");
  client.close();
});

test("ready waits for a server that is not there yet, and gives up on one that drains", async () => {
  await using home = await ServerHome.create();
  const waiting = control(home, "ready", "--timeout", "60");
  await home.start();
  expect((await waiting).exitCode).toBe(0);
  expect((await control(home, "status")).status.ready).toBe(true);
  await control(home, "drain");
  const { exitCode, complaint } = await control(home, "ready", "--timeout", "1");
  expect([exitCode, complaint.trim()]).toEqual([1, "Not ready after 1 s."]);
});

test("ready waits no longer than the process that it is for runs", async () => {
  await using home = await ServerHome.create();
  const process = Bun.spawn(["sleep", "60"]);
  const waiting = control(home, "ready", "--timeout", "60", "--pid", String(process.pid));
  process.kill();
  const { exitCode, complaint } = await waiting;
  expect([exitCode, complaint.trim()]).toEqual([1, `Process ${process.pid} has ended.`]);
});

test("what makes no sense is refused, and says why", async () => {
  await using home = await ServerHome.create();
  await home.start();
  const table: [string[], number, RegExp][] = [
    [[], 64, /Say what to do/],
    [["explode"], 64, /no such command/],
    [["drain", "--rate", "fast"], 64, /whole number/],
    [["drain", "--nonsense"], 64, /nonsense/],
    [["ready", "--pid", "mine"], 64, /whole number/],
    [["status", "--socket", home.path("nowhere.sock")], 1, /No server answers/],
  ];
  for (const [args, code, complaint] of table) {
    const answer = await control(home, ...args);
    expect([answer.exitCode, complaint.test(answer.complaint)]).toEqual([code, true]);
  }
  const unix = home.path("control.sock");
  const bodies = [
    "[]",
    "{",
    '{"percent":101}',
    '{"graceMs":1}',
    '{"ratePerSecond":"9"}',
    '{"ratePerSecond":0}',
  ];
  for (const body of bodies)
    expect((await fetch("http://localhost/drain", { unix, method: "POST", body })).status).toBe(400);
  expect((await fetch("http://localhost/else", { unix })).status).toBe(404);
  expect((await control(home, "status")).status.drain.state).toBe("running");
});

test("a configuration that cannot be used is said, unless the socket is named", async () => {
  await using home = await ServerHome.create();
  const { exitCode, complaint } = await controlWith({ PORT: "many" }, "status");
  expect([exitCode, complaint.includes("PORT"), complaint.includes(" at ")]).toEqual([78, true, false]);
  const named = await controlWith({ PORT: "many" }, "status", "--socket", home.path("nowhere.sock"));
  expect(named.exitCode).toBe(1);
});

test("a socket that a dead process left is taken over; one that is in use is left alone", async () => {
  await using home = await ServerHome.create();
  writeFileSync(home.path("control.sock"), "");
  await home.start({ env: { INSTANCE_ID: "first" } });
  await using elsewhere = await ServerHome.create();
  const second = await elsewhere.start({ env: { CONTROL_SOCKET: home.path("control.sock") } });
  await eventually("a complaint", () => second.output.includes("control.failed"));
  expect((await control(home, "status")).status.instance).toBe("first");
});
