import { expect, test } from "bun:test";
import { DeployProgram } from "../support/deploy-program.ts";
import type { FaultRule } from "../support/fault-proxy/fault.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { ServerHome } from "../support/server-home.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";

const testMs = 60_000;
const nowhere = "http://127.0.0.1:9";

async function load(url: string, args: string[] = [], env: Record<string, string> = {}) {
  const all = ["--url", url, "--count", "40", "--seconds", "1", "--p95-ms", "10000", ...args];
  const { exitCode, lines, complaint } = await DeployProgram.run("smoke-load", all, env);
  expect([lines.length, complaint]).toEqual([1, ""]);
  return { exitCode, line: lines[0] };
}

async function loadThrough(rule: FaultRule, ...args: string[]) {
  await using home = await ServerHome.create();
  await home.start();
  await using proxy = await FaultProxy.start(home.url);
  proxy.rule = rule;
  return await load(proxy.url, args);
}

const limits: [env: Record<string, string>, exitCode: number, line: RegExp, count?: string][] = [
  // Trusted: each socket has an address of its own.
  [
    { MAX_CONNECTIONS_PER_IP: "1", HANDSHAKES_PER_SECOND_PER_IP: "1" },
    0,
    /^ok {2}40 sockets, (\d+) of \1 echoes/,
  ],
  [
    { TRUSTED_PROXIES: "192.0.2.1", MAX_CONNECTIONS_PER_IP: "12" },
    0,
    /^ok {2}12 of 40 sockets \(connection_limit_ip\), (\d+) of \1 echoes/,
  ],
  [
    { TRUSTED_PROXIES: "192.0.2.1", MAX_CONNECTIONS_PER_IP: "9" },
    1,
    /^FAIL {2}9 of 40 sockets \(connection_limit_ip\), .*; fewer than 10 sockets were let in$/,
  ],
  [{ MAX_CONNECTIONS: "15" }, 0, /^ok {2}15 of 40 sockets \(server_full\)/],
  [
    { TRUSTED_PROXIES: "192.0.2.1", HANDSHAKES_PER_SECOND_PER_IP: "10" },
    0,
    /^ok {2}\d+ of 200 sockets \(handshake_rate\)/,
    "200",
  ],
];
test.each(limits)(
  "a server with %j",
  async (env, exitCode, line, count = "40") => {
    await using home = await ServerHome.create();
    await home.start({ env });
    expect(await load(home.url, ["--count", count])).toEqual({ exitCode, line: expect.stringMatching(line) });
  },
  testMs,
);

test(
  "users of tokens have so many sockets each, and write no more than they may",
  async () => {
    await using home = await ServerHome.create();
    await home.start({ env: { JWT_SECRET: tokenSecret, MESSAGES_PER_MINUTE: "6" } });
    const tokens = [await signToken({ sub: "a" }), await signToken({ sub: "b" })];
    const env = { DEPLOY_PROBE_TOKENS: tokens.join(","), JWKS_URL: `${nowhere}/keys` };
    const first = await load(home.url, [], env);
    expect(first).toEqual({
      exitCode: 0,
      line: expect.stringMatching(/^ok {2}10 of 40 sockets \(connection_limit_user\), 10 of 10 echoes/),
    });
    const second = await load(home.url, [], env);
    expect(second).toEqual({ exitCode: 1, line: expect.stringMatching(/^FAIL .*; \d errors$/) });
  },
  testMs,
);

test(
  "a slow server, by the figure that was asked for",
  async () => {
    const { exitCode, line } = await loadThrough(
      ({ from, frames }) =>
        from === "server" && frames[0]?.type === "message_response" ? { kind: "delay", ms: 100 } : null,
      "--p95-ms",
      "50",
    );
    expect([exitCode, line]).toEqual([1, expect.stringMatching(/^FAIL .*; p95 is over 50 ms$/)]);
  },
  testMs,
);

test(
  "an echo that never comes, and a socket that is closed",
  async () => {
    const lost = await loadThrough(({ connection, from, frames }) =>
      connection === 7 && from === "server" && frames[0]?.type === "message_response"
        ? { kind: "stall", at: "before" }
        : null,
    );
    expect(lost).toEqual({ exitCode: 1, line: expect.stringMatching(/; \d echoes lost$/) });
    const closed = await loadThrough(({ connection, from, frames }) =>
      connection === 7 && from === "client" && frames[0]?.type === "message"
        ? { kind: "cut", at: "before" }
        : null,
    );
    expect(closed).toEqual({
      exitCode: 1,
      line: expect.stringMatching(/; 1 sockets were closed; 1 echoes lost$/),
    });
  },
  testMs,
);

test(
  "who is not let in for another reason than a limit",
  async () => {
    await using home = await ServerHome.create();
    await home.start({ env: { JWT_SECRET: tokenSecret } });
    const refused = await load(home.url);
    expect(refused).toEqual({ exitCode: 1, line: expect.stringContaining("not let in: unauthorized") });
    const signed = await load(home.url, [], { JWT_SECRET: tokenSecret });
    expect(signed).toEqual({ exitCode: 0, line: expect.stringMatching(/^ok {2}40 sockets/) });
    const gone = await load(nowhere);
    expect(gone).toEqual({ exitCode: 1, line: expect.stringContaining("not let in: unreachable") });
  },
  testMs,
);

const mistakes: [args: string[], complaint: string][] = [
  [[], "--url"],
  [["--url", nowhere, "--count", "9"], "--count: expected 10 to 5000"],
  [["--url", nowhere, "--seconds", "61"], "--seconds: expected 1 to 60"],
  [["--url", nowhere, "--p95-ms", "0"], "--p95-ms"],
];
test.each(mistakes)("%j: exit 64", async (args, complaint) => {
  const answer = await DeployProgram.run("smoke-load", args);
  expect([answer.exitCode, answer.complaint]).toEqual([64, expect.stringContaining(complaint)]);
});
