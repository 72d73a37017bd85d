import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DeployProgram } from "../support/deploy-program.ts";
import { LyingServer } from "../support/lying-server.ts";
import { ServerHome } from "../support/server-home.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";
import { TwoColors } from "../support/two-colors.ts";

const testMs = 60_000;
const limited = { MESSAGES_PER_MINUTE: "60", BUILD_ID: "build7" };
const nowhere = "http://127.0.0.1:9";

const smoke = (url: string, args: string[] = [], env: Record<string, string> = {}) =>
  DeployProgram.run("smoke", ["--url", url, "--color", "none", ...args], env);

/** Of each line its verdict and its text, without the time. */
const toldBy = (lines: readonly string[]) =>
  lines.map((line) => line.replace(/^(ok|FAIL) +\d+ ms {2}/, (_, verdict) => `${verdict} `));

describe("two colours on one Redis", () => {
  let world: TwoColors;
  beforeAll(async () => {
    world = await TwoColors.start(limited);
  }, testMs);
  afterAll(() => world?.[Symbol.asyncDispose]());

  const green = (...args: string[]) =>
    smoke(world.green, ["--color", "green", "--version", "build7", "--other-url", world.blue, ...args]);

  test(
    "a good one passes every check and leaves no message behind",
    async () => {
      const { exitCode, lines, complaint } = await green();
      expect([exitCode, complaint]).toEqual([0, ""]);
      expect(toldBy(lines)).toEqual([
        "ok healthy and ready",
        "ok version 0.1.0+build7",
        "ok greeting names green and its features",
        "ok 100 messages each way in order, by 10 users",
        "ok a message to blue and one from there",
        "ok resumes: a client that dropped missed none of 3 messages",
        "ok refuses a forged token",
        "ok 205 messages deleted again",
      ]);
      const limitedCount = 'websocket_rate_limited_total{scope="messages"}';
      expect(await world.servers.homes[1]?.metric(limitedCount)).toBe(0);
    },
    testMs,
  );

  const mistaken: [args: string[], line: RegExp][] = [
    [["--color", "blue"], /^FAIL greeting: names green, not blue$/],
    [["--version", "build8"], /^FAIL version: it is 0\.1\.0\+build7, not build8$/],
    [["--version", "0.1.0+build"], /^FAIL version: it is 0\.1\.0\+build7, not 0\.1\.0\+build$/],
    [["--other-url", nowhere], /^FAIL other colour: unreachable: /],
  ];
  test.each(mistaken)(
    "%j: exit 1, and which check it is",
    async (args, line) => {
      const { exitCode, lines } = await green(...args);
      const failed = toldBy(lines).filter((each) => each.startsWith("FAIL"));
      expect([exitCode, failed]).toEqual([1, [expect.stringMatching(line)]]);
    },
    testMs,
  );

  test(
    "the same colour twice is not two",
    async () => {
      const { exitCode, lines } = await green("--other-url", world.green);
      expect(exitCode).toBe(1);
      expect(toldBy(lines)).toContain("FAIL other colour: both URLs lead to the same server");
    },
    testMs,
  );

  test(
    "one that has another store is found out",
    async () => {
      await using stranger = await ServerHome.create();
      await stranger.start({ env: { COLOR: "blue" } });
      const { exitCode, lines } = await green("--other-url", stranger.url);
      expect(exitCode).toBe(1);
      expect(toldBy(lines)).toContain("FAIL other colour: to blue: 1 of 1 messages did not arrive");
    },
    testMs,
  );
});

test(
  "one that is not ready, or not there",
  async () => {
    await using home = await ServerHome.create();
    await home.start();
    await fetch("http://localhost/drain", { unix: home.path("control.sock"), method: "POST", body: "{}" });
    const drained = await smoke(home.url);
    expect([drained.exitCode, toldBy(drained.lines)]).toEqual([
      1,
      ["FAIL health: /health/ready answers 503"],
    ]);
    const gone = await smoke(nowhere);
    expect([gone.exitCode, toldBy(gone.lines)]).toEqual([1, ["FAIL health: /health cannot be reached"]]);
  },
  testMs,
);

test(
  "a server that lies about everything fails every check that it can",
  async () => {
    using server = new LyingServer();
    server.fate = (message) => (message === 7 ? "lose" : "arrive");
    server.isLenient = true;
    server.remembered = [{}];
    const { exitCode, lines } = await smoke(server.url);
    expect([exitCode, toldBy(lines)]).toEqual([
      1,
      [
        "ok healthy and ready",
        "ok version 0.1.0+lies",
        "ok greeting names none and its features",
        "FAIL messages: 1 of 100 messages did not arrive",
        "FAIL resume: 3 of 3 messages did not arrive",
        "FAIL forged token: a forged token was let in",
        "FAIL deleting: 1 messages are still there",
      ],
    ]);
  },
  testMs,
);

const lies: [fate: "repeat" | "hold", line: string][] = [
  ["repeat", "FAIL messages: message 8 of 100 came twice or out of order"],
  ["hold", "FAIL messages: message 7 of 100 came twice or out of order"],
];
test.each(lies)(
  "of messages that it delivers: %s",
  async (fate, line) => {
    using server = new LyingServer();
    server.fate = (_message, content) => (content === "a 7" ? fate : "arrive");
    const { exitCode, lines } = await smoke(server.url);
    expect(exitCode).toBe(1);
    expect(toldBy(lines)).toContain(line);
  },
  testMs,
);

test(
  "one without a feature that users need",
  async () => {
    using server = new LyingServer();
    server.features = ["history", "delete"];
    const { exitCode, lines } = await smoke(server.url);
    expect([exitCode, toldBy(lines).at(-1)]).toEqual([1, "FAIL greeting: does not name resume"]);
  },
  testMs,
);

test(
  "with two tokens, as many messages as two users may write",
  async () => {
    await using home = await ServerHome.create();
    await home.start({ env: { ...limited, JWT_SECRET: tokenSecret } });
    const tokens = [await signToken({ sub: "a" }), await signToken({ sub: "b" })];
    const env = { DEPLOY_PROBE_TOKENS: tokens.join(","), JWKS_URL: `${nowhere}/keys` };
    const { exitCode, lines, complaint } = await smoke(home.url, [], env);
    expect([exitCode, complaint]).toEqual([0, ""]);
    expect(toldBy(lines)).toContain("ok 20 messages each way in order, by 2 users");
    const signed = await smoke(home.url, [], { JWT_SECRET: tokenSecret });
    expect([signed.exitCode, toldBy(signed.lines)[3]]).toEqual([
      0,
      "ok 100 messages each way in order, by 10 users",
    ]);
  },
  testMs,
);

test(
  "where an address may have few connections, it makes do with them",
  async () => {
    await using home = await ServerHome.create();
    const few = { MAX_CONNECTIONS_PER_IP: "6", MAX_CONNECTIONS_PER_USER: "1", TRUSTED_PROXIES: "192.0.2.1" };
    await home.start({ env: { ...limited, ...few, JWT_SECRET: tokenSecret } });
    const { exitCode, lines } = await smoke(home.url, [], { JWT_SECRET: tokenSecret });
    expect([exitCode, toldBy(lines)[3], toldBy(lines).at(-1)]).toEqual([
      0,
      "ok 60 messages each way in order, by 6 users",
      "ok 123 messages deleted again",
    ]);
  },
  testMs,
);

const mistakes: [args: string[], complaint: string][] = [
  [["--color", "green"], "--url"],
  [["--url", nowhere], "--color"],
  [["--url", nowhere, "--color", "red"], "--color"],
  [["--url", nowhere, "--color", "green", "--other-url", "blue"], "--other-url"],
];
test.each(mistakes)("%j: exit 64", async (args, complaint) => {
  const answer = await DeployProgram.run("smoke", args);
  expect([answer.exitCode, answer.complaint]).toEqual([64, expect.stringContaining(complaint)]);
});
