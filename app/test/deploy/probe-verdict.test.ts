import { expect, test } from "bun:test";
import { DeployProgram } from "../support/deploy-program.ts";
import { eventually } from "../support/eventually.ts";
import { LyingServer } from "../support/lying-server.ts";

const testMs = 60_000;
const liedAbout = 5;

async function probed(fate: LyingServer["fate"]) {
  using server = new LyingServer();
  server.fate = fate;
  await using probe = new DeployProgram("probe", ["--url", server.url]);
  await probe.saw("ready");
  await eventually("messages after the lie", () => server.messages >= liedAbout + 6);
  probe.signal("SIGTERM");
  const { exitCode } = await probe.exited();
  const verdict = probe.events.at(-1);
  if (verdict === undefined) throw new Error("no verdict");
  const { messages, lost, doubled, disordered } = verdict;
  return { exitCode, lost, doubled, disordered, left: messages - server.deleted };
}

test(
  "an honest server is believed",
  async () => {
    expect(await probed(() => "arrive")).toEqual({
      exitCode: 0,
      lost: 0,
      doubled: 0,
      disordered: 0,
      left: 0,
    });
  },
  testMs,
);

test(
  "a message that never arrives is lost, and deleted all the same",
  async () => {
    const lie = await probed((message) => (message === liedAbout ? "lose" : "arrive"));
    expect(lie).toEqual({ exitCode: 1, lost: 1, doubled: 0, disordered: 0, left: 0 });
  },
  testMs,
);

test(
  "one that comes twice is doubled",
  async () => {
    const lie = await probed((message) => (message === liedAbout ? "repeat" : "arrive"));
    expect(lie).toEqual({ exitCode: 1, lost: 0, doubled: 1, disordered: 0, left: 0 });
  },
  testMs,
);

test(
  "one that comes after the next is out of order",
  async () => {
    const lie = await probed((message) => (message === liedAbout ? "hold" : "arrive"));
    expect(lie).toEqual({ exitCode: 1, lost: 0, doubled: 0, disordered: 1, left: 0 });
  },
  testMs,
);

test(
  "what a client is told in place of what it missed has arrived, once",
  async () => {
    using server = new LyingServer();
    await using probe = new DeployProgram("probe", ["--url", server.url]);
    await probe.saw("ready");
    server.fate = () => "lose";
    const { messages } = server;
    await eventually("lost messages", () => server.messages >= messages + 6);
    server.fate = () => "arrive";
    server.forgetPositions();
    await eventually("messages after that", () => server.messages >= messages + 20);
    probe.signal("SIGTERM");
    const { exitCode } = await probe.exited();
    expect([exitCode, probe.events.at(-1)]).toEqual([
      0,
      expect.objectContaining({ lost: 0, doubled: 0, disordered: 0, reconnects: 2 }),
    ]);
  },
  testMs,
);

test(
  "two who never hear of each other are not ready, and say so when they are told to end",
  async () => {
    using server = new LyingServer();
    server.fate = () => "lose";
    await using probe = new DeployProgram("probe", ["--url", server.url]);
    await eventually("messages", () => server.messages > 2);
    probe.signal("SIGTERM");
    const { exitCode, complaint } = await probe.exited();
    expect([exitCode, complaint]).toEqual([1, "The two clients did not meet.\n"]);
    expect(probe.events).toEqual([expect.objectContaining({ event: "verdict" })]);
    expect(probe.events[0]?.lost).toBeGreaterThan(2);
  },
  testMs,
);
