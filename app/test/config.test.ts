import { describe, expect, test } from "bun:test";
import manifest from "../package.json";
import { type Config, type ConfigProblem, describeProblems, loadConfig } from "../src/config.ts";

type Environment = Record<string, string | undefined>;

function configOf(env: Environment): Config {
  const result = loadConfig(env);
  if (!result.ok) throw new Error(describeProblems(result.problems));
  return result.config;
}

function problemsOf(env: Environment): readonly ConfigProblem[] {
  const result = loadConfig(env);
  return result.ok ? [] : result.problems;
}

const refusedVariables = (env: Environment) => problemsOf(env).map(({ variable }) => variable);

test("an empty environment gives the documented defaults", () => {
  const { instanceId, ...rest } = configOf({});
  expect(instanceId).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  expect(rest).toEqual({
    port: 3001,
    host: "0.0.0.0",
    maxConnections: 10_000,
    maxConnectionsPerIp: 20,
    maxConnectionsPerUser: 5,
    handshakesPerSecondPerIp: 20,
    trustedProxies: ["loopback", "private"],
    heartbeatIntervalMs: 30_000,
    connectionTimeoutMs: 300_000,
    payloadBytesMax: 1_048_576,
    messagesPerMinute: 60,
    roomsPerConnection: 100,
    presenceEventsMaxMembers: 250,
    allowedOrigins: [],
    sendBufferBytes: 2_097_152,
    compressionThresholdBytes: 1024,
    historyMessagesMax: 10_000,
    historyTtlMs: 2_592_000_000,
    databasePath: "data/holdline.db",
    redis: null,
    drain: { ratePerSecond: 200, graceMs: 15_000, deadlineMs: 120_000 },
    controlSocket: "data/control.sock",
    workers: { count: 1, memoryBytesMax: 0 },
    logLevel: "info",
    logDir: "logs",
    color: "none",
    version: manifest.version,
    metricsToken: undefined,
    jwtSecret: undefined,
    jwksUrl: undefined,
    jwtIssuer: undefined,
    jwtAudience: undefined,
    deployProbeTokens: [],
    isProduction: false,
  });
});

test("a build id is shown behind the version", () => {
  expect(configOf({ BUILD_ID: "2026-11-20.712dab5" }).version).toBe(`${manifest.version}+2026-11-20.712dab5`);
});

test("two instances choose two ids", () => {
  expect(configOf({}).instanceId).not.toBe(configOf({}).instanceId);
});

test("an empty variable counts as unset", () => {
  expect(configOf({ PORT: "", COLOR: "", REDIS_URL: "" }).port).toBe(3001);
});

const secret = "é".repeat(16);
const jwksUrl = "https://issuer.test/keys?v=1";

const accepted: [Environment, Partial<Config>][] = [
  [{ PORT: "0" }, { port: 0 }],
  [{ PORT: "65535" }, { port: 65_535 }],
  [{ HOST: "::" }, { host: "::" }],
  [{ MAX_CONNECTIONS: "0" }, { maxConnections: 0 }],
  [{ MAX_CONNECTIONS_PER_IP: "7" }, { maxConnectionsPerIp: 7 }],
  [{ MAX_CONNECTIONS_PER_USER: "0" }, { maxConnectionsPerUser: 0 }],
  [{ HANDSHAKES_PER_SECOND_PER_IP: "3" }, { handshakesPerSecondPerIp: 3 }],
  [{ MESSAGES_PER_MINUTE: "600" }, { messagesPerMinute: 600 }],
  [{ PRESENCE_EVENTS_MAX_MEMBERS: "0" }, { presenceEventsMaxMembers: 0 }],
  [{ JWT_SECRET: secret }, { jwtSecret: secret }],
  [
    { JWKS_URL: jwksUrl, JWT_ISSUER: "https://issuer.test/", JWT_AUDIENCE: "chat" },
    { jwksUrl, jwtIssuer: "https://issuer.test/", jwtAudience: "chat" },
  ],
  [{ NODE_ENV: "production", JWT_SECRET: secret }, { isProduction: true }],
  [{ NODE_ENV: "production", JWKS_URL: "http://127.0.0.1:1/" }, { isProduction: true }],
  [{ HEARTBEAT_INTERVAL: "0" }, { heartbeatIntervalMs: 0 }],
  [{ CONNECTION_TIMEOUT: "1000" }, { connectionTimeoutMs: 1000 }],
  [{ MAX_PAYLOAD_BYTES: "1024" }, { payloadBytesMax: 1024, sendBufferBytes: 2_097_152 }],
  [{ MAX_PAYLOAD_BYTES: "52428800" }, { payloadBytesMax: 52_428_800, sendBufferBytes: 52_494_336 }],
  [
    { MAX_PAYLOAD_BYTES: "1024", SEND_BUFFER_BYTES: "66560" },
    { payloadBytesMax: 1024, sendBufferBytes: 66_560 },
  ],
  [{ ROOMS_PER_CONNECTION: "5" }, { roomsPerConnection: 5 }],
  [{ COMPRESSION_THRESHOLD_BYTES: "0" }, { compressionThresholdBytes: 0 }],
  [{ HISTORY_MAX_MESSAGES: "0" }, { historyMessagesMax: 0 }],
  [{ HISTORY_TTL: "0" }, { historyTtlMs: 0 }],
  [
    { DRAIN_RATE: "1", DRAIN_GRACE: "1000", DRAIN_DEADLINE: "3000" },
    { drain: { ratePerSecond: 1, graceMs: 1000, deadlineMs: 3000 } },
  ],
  [{ DATABASE_PATH: "./my data/x.db" }, { databasePath: "./my data/x.db" }],
  [
    { LOG_LEVEL: "debug", LOG_DIR: "/var/log" },
    { logLevel: "debug", logDir: "/var/log" },
  ],
  [
    { COLOR: "green", INSTANCE_ID: "green-1" },
    { color: "green", instanceId: "green-1" },
  ],
  [{ METRICS_TOKEN: "s3cret" }, { metricsToken: "s3cret" }],
  [{ DEPLOY_PROBE_TOKENS: "a.b.c, d.e.f-_" }, { deployProbeTokens: ["a.b.c", "d.e.f-_"] }],
  [{ NODE_ENV: "production", GUESTS: "allow" }, { isProduction: true }],
  [{ NODE_ENV: "test" }, { isProduction: false }],
  [
    { TRUSTED_PROXIES: "loopback, 10.1.0.0/16,2001:db8::/32,192.0.2.7" },
    { trustedProxies: ["loopback", "10.1.0.0/16", "2001:db8::/32", "192.0.2.7"] },
  ],
  [
    { ALLOWED_ORIGINS: "https://Chat.Example.com:443, http://a.test:8080,null,file://,app://holdline" },
    {
      allowedOrigins: ["https://chat.example.com", "http://a.test:8080", "null", "file://", "app://holdline"],
    },
  ],
  [{ ALLOWED_ORIGINS: "*" }, { allowedOrigins: ["*"] }],
];

test.each(accepted)("%j is accepted", (env, expected) => {
  expect(configOf(env)).toMatchObject(expected);
});

const refused: [string, string][] = [
  ...["1e3", " 5", "5px", "-1", "65536", "0x10", "3.0", "+1", "99999999999999999999"].map(
    (value): [string, string] => ["PORT", value],
  ),
  ["HOST", "not a host"],
  ["MAX_CONNECTIONS", "many"],
  ["MAX_CONNECTIONS_PER_IP", "-1"],
  ["MAX_CONNECTIONS_PER_USER", "five"],
  ["HANDSHAKES_PER_SECOND_PER_IP", "0.5"],
  ["MESSAGES_PER_MINUTE", "-1"],
  ["PRESENCE_EVENTS_MAX_MEMBERS", "all"],
  ["JWT_SECRET", "x".repeat(31)],
  ...["issuer.test/keys", "file:///keys.json", "https://", "javascript:1"].map((value): [string, string] => [
    "JWKS_URL",
    value,
  ]),
  ["HEARTBEAT_INTERVAL", "2147483648"],
  ["CONNECTION_TIMEOUT", "5m"],
  ["MAX_PAYLOAD_BYTES", "0"],
  ["MAX_PAYLOAD_BYTES", "1023"],
  ["MAX_PAYLOAD_BYTES", "52428801"],
  ["ROOMS_PER_CONNECTION", "all"],
  ["SEND_BUFFER_BYTES", "0"],
  ["SEND_BUFFER_BYTES", "1114111"],
  ["COMPRESSION_THRESHOLD_BYTES", "1k"],
  ["HISTORY_MAX_MESSAGES", "1e4"],
  ["HISTORY_TTL", "30d"],
  ["DATABASE_PATH", "  "],
  ["DRAIN_RATE", "0"],
  ["DRAIN_GRACE", "999"],
  ["DRAIN_DEADLINE", "86400001"],
  ["LOG_LEVEL", "INFO"],
  ["LOG_DIR", "a|b"],
  ["COLOR", "red"],
  ["INSTANCE_ID", "a/b"],
  ["INSTANCE_ID", "x".repeat(65)],
  ["BUILD_ID", "main+1"],
  ["METRICS_TOKEN", "two words"],
  ["DEPLOY_PROBE_TOKENS", "a.b.c,no token"],
  ["NODE_ENV", "prod"],
  ["GUESTS", "deny"],
  ...["localhost", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.1/", "loopback,", "fe80::1%eth0"].map(
    (value): [string, string] => ["TRUSTED_PROXIES", value],
  ),
  ...["example.com", "https://a.test/", "https://*.a.test", "https://u:p@a.test", "https://", "a:80"].map(
    (value): [string, string] => ["ALLOWED_ORIGINS", value],
  ),
];

test.each(refused)("%s=%s is refused", (variable, value) => {
  expect(refusedVariables({ [variable]: value })).toEqual([variable]);
});

test("all problems are reported at once, each with variable, value and what was expected", () => {
  const text = describeProblems(problemsOf({ PORT: "http", COLOR: "red", WORKERS: "4" }));
  expect(text).toContain('PORT="http": expected a whole number from 0 to 65535');
  expect(text).toContain('COLOR="red": expected `none` or `blue` or `green`');
  expect(text).toContain('WORKERS="4": expected REDIS_URL beside it');
});

test("a send buffer that cannot hold the largest payload is refused with the bound", () => {
  const [problem] = problemsOf({ MAX_PAYLOAD_BYTES: "4194304", SEND_BUFFER_BYTES: "2097152" });
  expect(problem).toMatchObject({ variable: "SEND_BUFFER_BYTES", value: '"2097152"' });
  expect(problem?.expected).toContain("4259840");
});

test("production admits guests only when told so", () => {
  expect(refusedVariables({ NODE_ENV: "production" })).toEqual(["GUESTS"]);
});

test.each([
  [{ JWT_SECRET: secret, JWKS_URL: jwksUrl }, "JWKS_URL"],
  [{ JWT_ISSUER: "https://issuer.test" }, "JWT_ISSUER"],
  [{ JWT_AUDIENCE: "chat" }, "JWT_AUDIENCE"],
])("%j leaves open how tokens are checked", (env, variable) => {
  expect(refusedVariables(env)).toEqual([variable]);
});

describe("secrets stay out of the report", () => {
  const secrets: Environment = {
    METRICS_TOKEN: "hunter2 ",
    JWT_SECRET: "hunter2",
    DEPLOY_PROBE_TOKENS: "a.hunter2",
    REDIS_URL: "http://admin:hunter2@redis:6379",
    JWKS_URL: "ftp://admin:hunter2@issuer.test/keys",
    HOST: "http://admin:hunter2@host",
  };

  test.each(Object.entries(secrets))("%s", (variable, value) => {
    const report = describeProblems(problemsOf({ [variable]: value }));
    expect(report).toContain(variable);
    expect(report).not.toContain("hunter2");
  });
});

test("a long or multi-line value stays one bounded line", () => {
  const report = describeProblems(problemsOf({ COLOR: `red\n${"x".repeat(10_000)}` }));
  expect(report.split("\n")).toHaveLength(2);
  expect(report.length).toBeLessThan(400);
});
