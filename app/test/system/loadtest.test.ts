import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findK6 } from "../../bench/k6/k6-program.ts";
import type { LoadSummary } from "../../bench/k6/load-verdict.ts";
import { eventually } from "../support/eventually.ts";
import type { Frame } from "../support/recording-sockets.ts";
import { ServerHome } from "../support/server-home.ts";
import { type Tampering, TamperingProxy } from "../support/tampering-proxy.ts";
import { tokenSecret } from "../support/tokens.ts";
import { unhurried } from "../support/unhurried.ts";

// Some seconds of users each, on machines that may be busy.
setDefaultTimeout(120_000);

const appDirectory = join(import.meta.dir, "../..");
const hasK6 = findK6("k6") !== null;
/** Few users for a few seconds, who write often; what is tested is never how fast this machine is. */
const small = ["--scenario", "ramp", "--scale", "0.005", "--interval", "250", "--patience", "100"];

/** As people run it. */
async function loadTest(args: readonly string[], env: Record<string, string> = {}) {
  const directory = await mkdtemp(join(tmpdir(), "holdline-load-"));
  const command = [process.execPath, "run", "--silent", "loadtest", "--out", directory, ...args];
  const child = Bun.spawn(command, {
    cwd: appDirectory,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [said, noted] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  const file = Bun.file(join(directory, "ramp.json"));
  const summary: LoadSummary | null = (await file.exists()) ? await file.json() : null;
  await rm(directory, { recursive: true, force: true });
  const count = (name: string) => summary?.metrics[name]?.values.count ?? 0;
  return { exitCode: await child.exited, said, noted, summary, count };
}

/** Against a real server, of which the users hear what the tampering lets them. */
async function loadTestThrough(tampering: Tampering) {
  await using home = await ServerHome.create();
  const server = await home.start({ env: { JWT_SECRET: tokenSecret } });
  using proxy = new TamperingProxy(server.url, tampering);
  return await loadTest([...small, "--url", proxy.url], { JWT_SECRET: tokenSecret });
}

/** Does something to the second message of others that a client hears, and to no other. */
const onceTo =
  (change: Tampering): Tampering =>
  (frame, memory) => {
    if (frame.type !== "chat_message") return [frame];
    const heard = Number(memory.get("heard") ?? 0) + 1;
    memory.set("heard", heard);
    return heard === 2 ? change(frame, memory) : [frame, ...released(memory)];
  };

function released(memory: Map<string, unknown>): readonly object[] {
  const held = memory.get("held") as readonly object[] | undefined;
  memory.delete("held");
  return held ?? [];
}

const lies: [what: string, tampering: Tampering, goal: string][] = [
  ["loses a message", onceTo(() => []), "lost: count==0"],
  [
    "hides a message behind `skipped`",
    onceTo(({ payload: { room, epoch, seq } }) => [{ type: "skipped", payload: { room, epoch, seq } }]),
    "lost: count==0",
  ],
  ["tells a message twice", onceTo((frame) => [frame, frame]), "doubled: count==0"],
  [
    "changes the order of two messages",
    onceTo((frame, memory) => {
      memory.set("held", [frame]);
      return [];
    }),
    "out_of_order: count==0",
  ],
  ["loses the last message", lastOneLost, "lost: count==0"],
  ["never acks", (frame) => (isAck(frame) ? [] : [frame]), "unacked: count==0"],
  [
    "refuses every message",
    (frame) => (isAck(frame) ? [{ ...frame, type: "error", payload: { retryable: true } }] : [frame]),
    "errors: rate<0.01",
  ],
  ["is slow", (frame) => [sentLongAgo(frame)], "message_latency: p(95)<100000"],
];

/** Each message waits for the next frame, and for ever if that tells where the log ends. */
function lastOneLost(frame: Frame, memory: Map<string, unknown>): readonly object[] {
  const held = released(memory);
  if (frame.type === "chat_message") memory.set("held", [frame]);
  if (frame.type === "chat_message") return held;
  return frame.id === "last-look" ? [frame] : [...held, frame];
}

function isAck({ type, payload }: Frame): boolean {
  return type === "message_response" && payload.messageId !== undefined;
}

/** A message that says that it is from 1970. */
function sentLongAgo(frame: Frame): object {
  return JSON.parse(JSON.stringify(frame).replace(/"k6 (\S+) (\d+) \d+ /, '"k6 $1 $2 0 '));
}

describe.skipIf(!hasK6)("bun run loadtest (needs k6)", () => {
  test("loads a server of its own, meets every goal and says what it saw", async () => {
    const { exitCode, said, summary, count } = await loadTest([...small, "--scale", "0.02"]);
    expect(said).toContain("ramp: all goals met");
    expect(exitCode).toBe(0);
    const goals = Object.entries(summary?.metrics ?? {}).filter(([, { thresholds }]) => thresholds);
    expect(goals.map(([name]) => name).sort()).toEqual([
      "acked",
      "connect_time",
      "doubled",
      "errors",
      "lost",
      "message_latency",
      "out_of_order",
      "success",
      "unacked",
    ]);
    expect(count("sessions")).toBeGreaterThanOrEqual(20);
    expect(count("message_latency")).toBeGreaterThan(count("acked"));
    expect([count("lost"), count("doubled"), count("out_of_order"), count("reset")]).toEqual([0, 0, 0, 0]);
  });

  test.concurrent.each(lies)("notices a server that %s", async (_what, tampering, goal) => {
    const { exitCode, noted } = await loadTestThrough(tampering);
    expect(noted).toContain(`ramp failed: ${goal}`);
    expect(exitCode).toBe(1);
  });

  test("notices that nobody is let in", async () => {
    await using home = await ServerHome.create();
    const { url } = await home.start({ env: { JWT_SECRET: tokenSecret } });
    const { exitCode, noted } = await loadTest([...small, "--url", url]);
    const goals = ["acked: count>0", "errors: rate<0.01", "success: rate>0.95"];
    for (const goal of goals) expect(noted).toContain(`ramp failed: ${goal}`);
    expect(exitCode).toBe(1);
  });

  test("users who are told goodbye move without losing anything", async () => {
    const goodbye = { type: "goodbye", payload: { reason: "draining", closesInMs: 15_000, reconnect: true } };
    const { exitCode, noted, count } = await loadTestThrough(onceTo((frame) => [frame, goodbye]));
    expect(noted).toBe("");
    expect(count("resumed")).toBeGreaterThan(0);
    expect([count("lost"), count("doubled"), count("reset"), exitCode]).toEqual([0, 0, 0, 0]);
  });

  test.concurrent("users whose server is killed are no success, and lose nothing", async () => {
    await using home = await ServerHome.create();
    const server = await home.start();
    const running = loadTest([...small, "--time", "20", "--url", home.url]);
    await eventually(
      "users",
      unhurried(async () => ((await home.metric("websocket_connections_total")) ?? 0) >= 3),
      {
        withinMs: 30_000,
      },
    );
    await server.kill();
    await home.start();
    const { exitCode, noted, count } = await running;
    expect(noted).toContain("ramp failed: success: rate>0.95");
    expect(count("resumed")).toBeGreaterThan(0);
    expect([count("lost"), count("doubled"), count("out_of_order"), exitCode]).toEqual([0, 0, 0, 1]);
  });

  test("says so where nothing answers", async () => {
    const { exitCode, noted } = await loadTest([...small, "--url", "http://127.0.0.1:9"]);
    expect(noted.trim()).toBe("ramp failed: http://127.0.0.1:9 does not answer");
    expect(exitCode).toBe(1);
  });
});

const nonsense: [args: string[], complaint: string][] = [
  [["--scenario", "flood"], "--scenario: expected ramp, stress, spike"],
  [["--scale", "0"], "--scale: expected 0.001 to 10"],
  [["--scale", "-1"], "--scale"],
  [["--scale", "1e9"], "--scale: expected 0.001 to 10"],
  [["--interval", "99"], "--interval: expected 100 to 60000"],
  [["--interval", "999", "--target", "stack"], "--interval: expected 1000 to 60000"],
  [["--target", "moon"], "--target: expected own or stack"],
  [["--url", "localhost:3001"], "--url: expected"],
  [["--url", "http://localhost:3001", "--target", "own"], "--target and --url: expected one of them"],
  [["--patience", "0"], "--patience: expected 1 to 100"],
  [["--users", "5"], "--users"],
  [["ramp"], "ramp"],
];

test.each(nonsense)("%j makes no sense", async (args, complaint) => {
  const { exitCode, noted } = await loadTest(args);
  expect(noted).toContain(complaint);
  expect(noted).toContain("Usage: bun run loadtest");
  expect(exitCode).toBe(64);
});

test("without k6 it says how to get it", async () => {
  const { exitCode, noted } = await loadTest(["--k6", "/nowhere/k6"]);
  expect(noted).toContain("go install go.k6.io/k6@v1.8.1");
  expect(exitCode).toBe(69);
});

test("--help says what can be said", async () => {
  const { exitCode, said } = await loadTest(["--help"]);
  expect(said).toContain("--scenario NAME    ramp, stress, spike");
  expect(exitCode).toBe(0);
});
