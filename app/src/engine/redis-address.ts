import type { RedisOptions } from "ioredis";

const redisPort = 6379;
const sentinelPort = 26_379;
/** How long a Sentinel may take to say who is master. */
const sentinelMsMax = 1000;
const sentinelRetryMsMax = 1000;

export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** Without what would change the shape of answers. */
export type ConnectionOptions = Omit<RedisOptions, "replyMapping">;

/** `redis+sentinel://[user:password@]host[:port][,host[:port]…]/master[/database]`, with `rediss` for TLS to all of them. */
const sentinelUrl =
  /^(?<scheme>rediss?)\+sentinel:\/\/(?:(?<user>[^:@/]*):(?<password>[^@/]*)@)?(?<hosts>[^/@]+)\/(?<master>[^/]+)(?:\/(?<db>\d+))?$/;

/** `redis+cluster://[user:password@]host[:port][,host[:port]…]`, with `rediss` for TLS to all of them. */
const clusterUrl =
  /^(?<scheme>rediss?)\+cluster:\/\/(?:(?<user>[^:@/]*):(?<password>[^@/]*)@)?(?<hosts>[^/@]+)\/?$/;

/** What ioredis has to be told for a URL; null: it is one that it understands itself. */
export function sentinelOptions(url: string): ConnectionOptions | null {
  const { scheme, user, password, hosts, master, db } = sentinelUrl.exec(url)?.groups ?? {};
  if (hosts === undefined || master === undefined) return null;
  return {
    sentinels: readHosts(hosts, sentinelPort),
    name: decodeURIComponent(master),
    // Who follows a switch at once does not write to a master that nobody follows.
    failoverDetector: true,
    sentinelCommandTimeout: sentinelMsMax,
    sentinelRetryStrategy: (times) => Math.min(50 * times, sentinelRetryMsMax),
    sentinelReconnectStrategy: () => sentinelRetryMsMax,
    ...credentials(user, password),
    ...(db === undefined ? {} : { db: Number(db) }),
    ...(scheme === "rediss" ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  };
}

export interface ClusterAddress {
  /** Some of its nodes, which know the others. */
  readonly seeds: readonly NodeAddress[];
  /** For the connections to each. */
  readonly options: ConnectionOptions;
}

/** Null: the URL is none of a cluster. */
export function clusterAddress(url: string): ClusterAddress | null {
  const { scheme, user, password, hosts } = clusterUrl.exec(url)?.groups ?? {};
  if (hosts === undefined) return null;
  const tls = scheme === "rediss" ? { tls: {} } : {};
  return { seeds: readHosts(hosts, redisPort), options: { ...credentials(user, password), ...tls } };
}

const credentials = (user?: string, password?: string): ConnectionOptions => ({
  ...(user ? { username: decodeURIComponent(user) } : {}),
  ...(password ? { password: decodeURIComponent(password) } : {}),
});

const readHosts = (text: string, defaultPort: number): NodeAddress[] =>
  text.split(",").map((host) => readHost(host, defaultPort));

/** `host[:port]`, an IPv6 address in brackets. */
export function readHost(text: string, defaultPort: number): NodeAddress {
  const [, host = text, port] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: port === undefined ? defaultPort : Number(port) };
}
