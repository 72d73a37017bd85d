import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import manifest from "../package.json";
import { schema, sendBufferBytesDefault, sendBufferReserveBytes, type Variable } from "./config-schema.ts";
import { secretVariables } from "./config-secrets.ts";

/** Where 0 is allowed it turns the limit off. Lengths are bytes, times milliseconds. */
export type Config = {
  readonly port: number;
  readonly host: string;
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
  readonly maxConnectionsPerUser: number;
  readonly handshakesPerSecondPerIp: number;
  /** `loopback`, `private`, addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[];
  readonly heartbeatIntervalMs: number;
  readonly connectionTimeoutMs: number;
  readonly payloadBytesMax: number;
  readonly messagesPerMinute: number;
  readonly roomsPerConnection: number;
  readonly presenceEventsMaxMembers: number;
  /** As browsers write them in `Origin`, or `*`. Empty: same origin and localhost. */
  readonly allowedOrigins: readonly string[];
  readonly sendBufferBytes: number;
  readonly compressionThresholdBytes: number;
  readonly historyMessagesMax: number;
  readonly historyTtlMs: number;
  readonly databasePath: string;
  /** Null: this process serves alone. */
  readonly redis: {
    readonly url: string;
    readonly prefix: string;
    readonly ack: "memory" | "aof";
  } | null;
  /** How connections are sent to another instance. */
  readonly drain: { readonly ratePerSecond: number; readonly graceMs: number; readonly deadlineMs: number };
  readonly controlSocket: string;
  /** Processes that share the port. More than one, or a limit: with `redis` only. */
  readonly workers: { readonly count: number; readonly memoryBytesMax: number };
  readonly logLevel: "error" | "warn" | "info" | "debug";
  readonly logDir: string;
  readonly color: "none" | "blue" | "green";
  readonly instanceId: string;
  /** As SemVer has it: behind `+` which build of the version it is. */
  readonly version: string;
  readonly metricsToken?: string | undefined;
  /** This or `jwksUrl`. Neither: everybody is admitted as a guest. */
  readonly jwtSecret?: string | undefined;
  readonly jwksUrl?: string | undefined;
  readonly jwtIssuer?: string | undefined;
  readonly jwtAudience?: string | undefined;
  /** Of users that a deploy may be. */
  readonly deployProbeTokens: readonly string[];
  readonly isProduction: boolean;
};

/** `value` is ready to be shown: a secret is left out of it. */
export type ConfigProblem = { readonly variable: string; readonly value: string; readonly expected: string };

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: ConfigProblem[] };

type Environment = Readonly<Record<string, string | undefined>>;
type Schema = typeof schema;
type Values = {
  readonly [Name in keyof Schema]: NonNullable<ReturnType<Schema[Name]["parse"]>> | Schema[Name]["fallback"];
};

const entries: readonly (readonly [string, Variable<unknown>])[] = Object.entries(schema);

/** What README's table lists, row by row. */
export const configVariables = entries.map(([name, { fallback, shownDefault, description }]) => ({
  name,
  default: shownDefault ?? String(fallback),
  description,
}));

/** Reads every variable before it answers, so that all problems are reported at once. */
export function loadConfig(env: Environment = process.env): ConfigResult {
  const values = readValues(env);
  const problems = [...invalidValues(env), ...conflicts(env, values)];
  return problems.length === 0 ? { ok: true, config: toConfig(values) } : { ok: false, problems };
}

export function describeProblems(problems: readonly ConfigProblem[]): string {
  const lines = problems.map(({ variable, value, expected }) => `  ${variable}=${value}: ${expected}`);
  return ["The configuration is not valid:", ...lines].join("\n");
}

function readValues(env: Environment): Values {
  const read = ([name, { parse, fallback }]: readonly [string, Variable<unknown>]) => {
    const text = env[name];
    return [name, text ? (parse(text) ?? fallback) : fallback];
  };
  return Object.fromEntries(entries.map(read)) as Values;
}

function invalidValues(env: Environment): ConfigProblem[] {
  return entries
    .filter(([name, { parse }]) => env[name] && parse(env[name]) === undefined)
    .map(([name, { expected }]) => problem(env, name, `expected ${expected}`));
}

function conflicts(env: Environment, values: Values): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const sendBufferBytesMin = values.MAX_PAYLOAD_BYTES + sendBufferReserveBytes;
  if ((values.SEND_BUFFER_BYTES ?? sendBufferBytesMin) < sendBufferBytesMin) {
    const expected = `expected at least MAX_PAYLOAD_BYTES + ${sendBufferReserveBytes} = ${sendBufferBytesMin}`;
    problems.push(problem(env, "SEND_BUFFER_BYTES", expected));
  }
  return [...problems, ...workerConflicts(env, values), ...tokenConflicts(env, values)];
}

/** An SQLite database has one writer, and whoever is not in its process would not see what is only in memory. */
function workerConflicts(env: Environment, { WORKERS, WORKER_MEMORY_LIMIT, REDIS_URL }: Values) {
  if (REDIS_URL !== undefined) return [];
  const asked = { WORKERS: WORKERS !== 1, WORKER_MEMORY_LIMIT: WORKER_MEMORY_LIMIT !== 0 };
  const expected =
    "expected REDIS_URL beside it: a database file serves one process, in which sessions, presence and limits are too";
  return Object.entries(asked)
    .filter(([, isAsked]) => isAsked)
    .map(([name]) => problem(env, name, expected));
}

function tokenConflicts(env: Environment, { NODE_ENV }: Values): ConfigProblem[] {
  if (env.JWT_SECRET && env.JWKS_URL)
    return [
      problem(env, "JWKS_URL", "expected to be unset beside JWT_SECRET: tokens are checked in one way"),
    ];
  if (env.JWT_SECRET || env.JWKS_URL) return [];
  const idle = ["JWT_ISSUER", "JWT_AUDIENCE"].filter((name) => env[name]);
  const problems = idle.map((name) => problem(env, name, "expected JWT_SECRET or JWKS_URL beside it"));
  if (NODE_ENV !== "production" || env.GUESTS) return problems;
  const expected =
    "expected `allow` in production, where without JWT_SECRET or JWKS_URL everybody is a guest";
  return [...problems, problem(env, "GUESTS", expected)];
}

function problem(env: Environment, variable: string, expected: string): ConfigProblem {
  const value = secretVariables.has(variable) ? "(hidden)" : shown(env[variable] ?? "");
  return { variable, value, expected };
}

/** One line of bounded length, and no `user:password@` of a URL in it. */
function shown(text: string): string {
  const withoutCredentials = text.replaceAll(/\/\/[^/,]*@/g, "//(hidden)@");
  return JSON.stringify(withoutCredentials.slice(0, 200));
}

function toConfig(values: Values): Config {
  return {
    port: values.PORT,
    host: values.HOST,
    maxConnections: values.MAX_CONNECTIONS,
    maxConnectionsPerIp: values.MAX_CONNECTIONS_PER_IP,
    maxConnectionsPerUser: values.MAX_CONNECTIONS_PER_USER,
    handshakesPerSecondPerIp: values.HANDSHAKES_PER_SECOND_PER_IP,
    trustedProxies: values.TRUSTED_PROXIES,
    heartbeatIntervalMs: values.HEARTBEAT_INTERVAL,
    connectionTimeoutMs: values.CONNECTION_TIMEOUT,
    payloadBytesMax: values.MAX_PAYLOAD_BYTES,
    messagesPerMinute: values.MESSAGES_PER_MINUTE,
    roomsPerConnection: values.ROOMS_PER_CONNECTION,
    presenceEventsMaxMembers: values.PRESENCE_EVENTS_MAX_MEMBERS,
    allowedOrigins: values.ALLOWED_ORIGINS,
    sendBufferBytes:
      values.SEND_BUFFER_BYTES ??
      Math.max(sendBufferBytesDefault, values.MAX_PAYLOAD_BYTES + sendBufferReserveBytes),
    compressionThresholdBytes: values.COMPRESSION_THRESHOLD_BYTES,
    historyMessagesMax: values.HISTORY_MAX_MESSAGES,
    historyTtlMs: values.HISTORY_TTL,
    databasePath: values.DATABASE_PATH,
    redis:
      values.REDIS_URL === undefined
        ? null
        : { url: values.REDIS_URL, prefix: values.REDIS_PREFIX, ack: values.REDIS_ACK },
    drain: {
      ratePerSecond: values.DRAIN_RATE,
      graceMs: values.DRAIN_GRACE,
      deadlineMs: values.DRAIN_DEADLINE,
    },
    controlSocket: values.CONTROL_SOCKET,
    workers: {
      count: values.WORKERS || availableParallelism(),
      memoryBytesMax: values.WORKER_MEMORY_LIMIT,
    },
    logLevel: values.LOG_LEVEL,
    logDir: values.LOG_DIR,
    color: values.COLOR,
    instanceId: values.INSTANCE_ID ?? randomUUID(),
    version: values.BUILD_ID === undefined ? manifest.version : `${manifest.version}+${values.BUILD_ID}`,
    metricsToken: values.METRICS_TOKEN,
    jwtSecret: values.JWT_SECRET,
    jwksUrl: values.JWKS_URL,
    jwtIssuer: values.JWT_ISSUER,
    jwtAudience: values.JWT_AUDIENCE,
    deployProbeTokens: values.DEPLOY_PROBE_TOKENS,
    isProduction: values.NODE_ENV === "production",
  };
}
