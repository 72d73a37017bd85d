import {
  integer,
  listOf,
  matching,
  oneOf,
  origin,
  type Parser,
  redisUrl,
  trustedProxy,
} from "./config-parsers.ts";
import { tokenVariables } from "./config-token-variables.ts";

export type Variable<T> = Parser<T> & {
  /** `undefined`: unset, or worked out from other variables. */
  readonly fallback: T | undefined;
  /** How README shows the fallback, where its own text would not do. */
  readonly shownDefault?: string;
  readonly description: string;
};

/** `setTimeout` fires at once for anything longer. */
const timerMsMax = 2_147_483_647;
const countMax = 2_147_483_647;
const dayMs = 86_400_000;

/** On top of the largest payload, so that its echo with the envelope fits the send buffer. */
export const sendBufferReserveBytes = 65_536;
export const sendBufferBytesDefault = 2_097_152;

export const schema = {
  PORT: {
    ...integer(0, 65_535, "lets the system choose"),
    fallback: 3001,
    description: "TCP port to listen on; 0 lets the system choose one",
  },
  HOST: {
    ...matching(/^[A-Za-z0-9.:_-]{1,253}$/, "an IP address or a host name"),
    fallback: "0.0.0.0",
    description: "address to listen on",
  },
  MAX_CONNECTIONS: {
    ...integer(0, countMax, "turns the limit off"),
    fallback: 10_000,
    description: "open sockets per process; 0 = no limit",
  },
  MAX_CONNECTIONS_PER_IP: {
    ...integer(0, countMax, "turns the limit off"),
    fallback: 20,
    description: "live sessions per client address (an IPv6 /64 counts as one); 0 = no limit",
  },
  MAX_CONNECTIONS_PER_USER: {
    ...integer(0, countMax, "turns the limit off"),
    fallback: 5,
    description: "live sessions per user; 0 = no limit",
  },
  HANDSHAKES_PER_SECOND_PER_IP: {
    ...integer(0, countMax, "turns the limit off"),
    fallback: 20,
    description: "handshakes per second and client address; a token that is refused costs 5; 0 = no limit",
  },
  TRUSTED_PROXIES: {
    ...listOf("`loopback`, `private`, IP addresses or CIDR ranges", trustedProxy),
    fallback: ["loopback", "private"],
    description:
      "proxies whose `X-Forwarded-*` headers are believed: `loopback`, `private`, addresses, CIDR ranges",
  },
  HEARTBEAT_INTERVAL: {
    ...integer(0, timerMsMax, "turns heartbeats off"),
    fallback: 30_000,
    description: "ms between heartbeats and protocol pings of a connection; 0 = none",
  },
  CONNECTION_TIMEOUT: {
    ...integer(0, timerMsMax, "turns the limit off"),
    fallback: 300_000,
    description:
      "ms without any frame of the client, pongs included, until it is closed with 4000; 0 = never",
  },
  MAX_PAYLOAD_BYTES: {
    ...integer(1024, 52_428_800),
    fallback: 1_048_576,
    description: "largest frame a client may send, 1024 to 52428800 bytes",
  },
  MESSAGES_PER_MINUTE: {
    ...integer(0, countMax, "turns the limit off"),
    fallback: 60,
    description: "messages, edits, deletions, reactions and echoes per user and minute; 0 = no limit",
  },
  ROOMS_PER_CONNECTION: {
    ...integer(0, countMax, "turns the limit off"),
    fallback: 100,
    description: "rooms that one connection may have joined; 0 = no limit",
  },
  PRESENCE_EVENTS_MAX_MEMBERS: {
    ...integer(0, countMax, "turns the limit off"),
    fallback: 250,
    description:
      "users in a room above which `presence_changed` takes the place of `user_joined` and `user_left`; 0 = never",
  },
  ALLOWED_ORIGINS: {
    ...listOf("origins like `https://chat.example.com`, `null`, `file://` or `*`", origin),
    fallback: [],
    shownDefault: "same origin, localhost",
    description: "further origins whose pages may connect: `scheme://host[:port]`, `null`, `file://`, `*`",
  },
  SEND_BUFFER_BYTES: {
    ...integer(1024 + sendBufferReserveBytes, 1_073_741_824),
    fallback: undefined,
    shownDefault: String(sendBufferBytesDefault),
    description:
      "bytes that may wait for a slow reader before it is cut; never less than `MAX_PAYLOAD_BYTES` + 65536",
  },
  COMPRESSION_THRESHOLD_BYTES: {
    ...integer(0, countMax, "turns compression off"),
    fallback: 1024,
    description: "frames from this size on are compressed if the client can; 0 = off",
  },
  HISTORY_MAX_MESSAGES: {
    ...integer(0, countMax, "keeps all"),
    fallback: 10_000,
    description: "events kept per room; 0 = keep all",
  },
  HISTORY_TTL: {
    ...integer(0, Number.MAX_SAFE_INTEGER, "keeps them for ever"),
    fallback: 2_592_000_000,
    description: "ms that events are kept (the default is 30 days); 0 = for ever",
  },
  DATABASE_PATH: {
    ...matching(/\S/, "a file path"),
    fallback: "data/holdline.db",
    description: "SQLite file of the embedded engine",
  },
  REDIS_URL: {
    ...redisUrl,
    fallback: undefined,
    shownDefault: "–",
    description: "Redis that all instances share; without it this process serves alone, on `DATABASE_PATH`",
  },
  REDIS_PREFIX: {
    ...matching(/^[A-Za-z0-9_.-]{1,64}$/, "1 to 64 of the characters A-Z a-z 0-9 _ . -"),
    fallback: "holdline",
    description: "how the names of all keys and channels in Redis begin",
  },
  REDIS_ACK: {
    ...oneOf("memory", "aof"),
    fallback: "memory",
    description:
      "what an ack means with Redis: `memory` = executed, `aof` = on disk, which needs `appendfsync always`",
  },
  DRAIN_RATE: {
    ...integer(1, countMax),
    fallback: 200,
    description: "connections per second that a drain tells to move",
  },
  DRAIN_GRACE: {
    ...integer(1000, dayMs),
    fallback: 15_000,
    description: "ms that a connection has to move before it is closed with 1012, 1000 to 86400000",
  },
  DRAIN_DEADLINE: {
    ...integer(3000, dayMs),
    fallback: 120_000,
    description: "ms after `SIGTERM` by which everybody has moved or is closed, 3000 to 86400000",
  },
  CONTROL_SOCKET: {
    ...matching(/\S/, "a file path"),
    fallback: "data/control.sock",
    description: "unix socket that `bun run control` asks for status, drain and undrain",
  },
  WORKERS: {
    ...integer(0, 256, "starts one per core"),
    fallback: 1,
    description: "processes that share the port, which takes `REDIS_URL`; 0 = one per core",
  },
  WORKER_MEMORY_LIMIT: {
    ...integer(0, Number.MAX_SAFE_INTEGER, "turns the limit off"),
    fallback: 0,
    shownDefault: "–",
    description: "bytes of memory above which a worker is replaced, its clients moving first; 0 = no limit",
  },
  LOG_LEVEL: {
    ...oneOf("error", "warn", "info", "debug"),
    fallback: "info",
    description: "least important level logged: `error`, `warn`, `info`, `debug`",
  },
  LOG_DIR: {
    ...matching(/^[^\s"<>|][^"<>|]*$/, 'a directory path without any of `"<>|`'),
    fallback: "logs",
    description: "directory of the log files, kept 14 days (errors 30)",
  },
  COLOR: {
    ...oneOf("none", "blue", "green"),
    fallback: "none",
    description: "this instance's side in a blue/green deploy: `none`, `blue`, `green`",
  },
  INSTANCE_ID: {
    ...matching(/^[A-Za-z0-9_-]{1,64}$/, "1 to 64 of the characters A-Z a-z 0-9 _ -"),
    fallback: undefined,
    shownDefault: "random",
    description: "name of this process in logs, metrics and `connection_established`",
  },
  BUILD_ID: {
    ...matching(/^[A-Za-z0-9.-]{1,64}$/, "1 to 64 of the characters A-Z a-z 0-9 . -"),
    fallback: undefined,
    shownDefault: "–",
    description: "what was built, shown behind the version: `0.1.0+BUILD_ID`; images set it",
  },
  METRICS_TOKEN: {
    ...matching(/^[!-~]{1,4096}$/, "printable ASCII characters without a space"),
    fallback: undefined,
    shownDefault: "–",
    description: "bearer token that `/metrics` asks for; without it only private addresses may read them",
  },
  ...tokenVariables,
  NODE_ENV: {
    ...oneOf("development", "test", "production"),
    fallback: "development",
    shownDefault: "–",
    description: "`production` logs JSON to the console and refuses guests unless `GUESTS=allow`",
  },
  GUESTS: {
    ...oneOf("allow"),
    fallback: undefined,
    shownDefault: "–",
    description: "`allow` admits guests in production, where neither `JWT_SECRET` nor `JWKS_URL` is set",
  },
} as const satisfies Record<string, Variable<unknown>>;
