import { expect, test } from "bun:test";
import { join } from "node:path";
import { type Client, createClient } from "../client/index.ts";
import type { ControlStatus } from "../src/control.ts";
import { followDrain } from "../src/follow-drain.ts";
import { eventually } from "./support/eventually.ts";
import { ServerHome } from "./support/server-home.ts";

const appDirectory = join(import.meta.dir, "..");
const testMs = 30_000;

function spawnControl(home: ServerHome, ...args: string[]) {
  return Bun.spawn([process.execPath, "src/control-client.ts", ...args], {
    cwd: appDirectory,
    env: { PATH: process.env.PATH ?? "", CONTROL_SOCKET: home.path("control.sock") },
    stdout: "pipe",
    stderr: "pipe",
  });
}

async function outcome(program: ReturnType<typeof spawnControl>) {
  const [output, complaint] = await Promise.all([
    new Response(program.stdout).text(),
    new Response(program.stderr).text(),
  ]);
  return { exitCode: await program.exited, lines: output.trim().split("\n"), complaint: complaint.trim() };
}

const control = (home: ServerHome, ...args: string[]) => outcome(spawnControl(home, ...args));

/** A server with clients that nobody can move: it is the only one there is. */
async function serverWith(home: ServerHome, count: number): Promise<Client[]> {
  const { url } = await home.start();
  const clients = Array.from({ length: count }, () => createClient({ url, handover: false }));
  await eventually("connections", () => clients.every(({ state }) => state === "connected"));
  return clients;
}

test(
  "a drain is followed until everybody has left",
  async () => {
    await using home = await ServerHome.create();
    const clients = await serverWith(home, 3);
    const { exitCode, lines } = await control(home, "drain", "--follow", "--rate", "100", "--grace", "1000");
    expect(lines.at(0)).toBe("moved 0 forced 0 lost 0 remaining 3 of 3");
    expect([exitCode, lines.at(-1)]).toEqual([0, "moved 0 forced 3 lost 0 remaining 0 of 3"]);
    expect(JSON.parse((await control(home, "status")).lines.join("")).opened).toBe(3);
    for (const client of clients) client.close();
  },
  testMs,
);

test(
  "of a percentage only its share is waited for",
  async () => {
    await using home = await ServerHome.create();
    const clients = await serverWith(home, 4);
    const share = ["--percent", "50", "--rate", "100", "--grace", "1000"];
    const { exitCode, lines } = await control(home, "drain", "--follow", ...share);
    expect([exitCode, lines.at(-1)]).toEqual([0, "moved 0 forced 2 lost 0 remaining 0 of 2"]);
    expect(clients.filter(({ state }) => state === "connected")).toHaveLength(2);
    for (const client of clients) client.close();
  },
  testMs,
);

test(
  "one that takes too long, or is taken back, is exit 1",
  async () => {
    await using home = await ServerHome.create();
    const clients = await serverWith(home, 1);
    const drain = ["drain", "--follow", "--grace", "60000"];
    expect(await control(home, ...drain, "--timeout", "1")).toMatchObject({
      exitCode: 1,
      complaint: "Not done after 1 s.",
    });
    const followed = spawnControl(home, ...drain);
    await followed.stdout.getReader().read();
    await control(home, "undrain");
    expect(await followed.exited).toBe(1);
    expect(await new Response(followed.stderr).text()).toBe("The drain was taken back.\n");
    for (const client of clients) client.close();
  },
  testMs,
);

test(
  "a server that is gone is not a drain that is done",
  async () => {
    await using home = await ServerHome.create();
    const server = await home.start();
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/ws/chat/one`);
    await new Promise((resolve) => {
      socket.onopen = resolve;
    });
    const followed = spawnControl(home, "drain", "--follow", "--grace", "60000");
    await followed.stdout.getReader().read();
    await server.kill();
    expect(await followed.exited).toBe(1);
    expect(await new Response(followed.stderr).text()).toMatch(/^No server answers/);
  },
  testMs,
);

const mistakes: [args: string[], complaint: RegExp][] = [
  [["status", "--follow"], /only of a drain/],
  [["drain", "--follow", "--timeout", "0"], /--timeout: expected 1 to 86400/],
  [["drain", "--follow", "--timeout", "86401"], /--timeout: expected 1 to 86400/],
];
test.each(mistakes)("%j makes no sense", async (args, complaint) => {
  await using home = await ServerHome.create();
  const answer = await control(home, ...args);
  expect([answer.exitCode, answer.complaint]).toEqual([64, expect.stringMatching(complaint)]);
});

test("says that it is paused, and who came in late", async () => {
  const drain = { state: "draining", isPaused: false, percent: 100, moved: 0, forced: 0, lost: 0 } as const;
  const statuses = [
    { ...drain, told: 1, remaining: 2, isPaused: true },
    { ...drain, told: 3, remaining: 0, moved: 2, lost: 1, state: "drained" as const },
  ];
  const lines: string[] = [];
  const status = async () => ({ drain: statuses.shift() }) as ControlStatus;
  const result = await followDrain({ status, print: (line) => lines.push(line), timeoutSeconds: 60 });
  expect([result, lines]).toEqual([
    "done",
    ["moved 0 forced 0 lost 0 remaining 2 of 2 paused", "moved 2 forced 0 lost 1 remaining 0 of 3"],
  ]);
});
