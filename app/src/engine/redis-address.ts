import type { RedisOptions } from "ioredis";

const sentinelPort = 26_379;
/** How long a Sentinel may take to say who is master. */
const sentinelMsMax = 1000;
const sentinelRetryMsMax = 1000;

/** `redis+sentinel://[user:password@]host[:port][,host[:port]…]/master[/database]`, with `rediss` for TLS to all of them. */
const sentinelUrl =
  /^(?<scheme>rediss?)\+sentinel:\/\/(?:(?<user>[^:@/]*):(?<password>[^@/]*)@)?(?<hosts>[^/@]+)\/(?<master>[^/]+)(?:\/(?<db>\d+))?$/;

/** What ioredis has to be told for a URL; null: it is one that it understands itself. */
export function sentinelOptions(url: string): Omit<RedisOptions, "replyMapping"> | null {
  const { scheme, user, password, hosts, master, db } = sentinelUrl.exec(url)?.groups ?? {};
  if (hosts === undefined || master === undefined) return null;
  return {
    sentinels: hosts.split(",").map(readHost),
    name: decodeURIComponent(master),
    // Who follows a switch at once does not write to a master that nobody follows.
    failoverDetector: true,
    sentinelCommandTimeout: sentinelMsMax,
    sentinelRetryStrategy: (times) => Math.min(50 * times, sentinelRetryMsMax),
    sentinelReconnectStrategy: () => sentinelRetryMsMax,
    ...(user ? { username: decodeURIComponent(user) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
    ...(db === undefined ? {} : { db: Number(db) }),
    ...(scheme === "rediss" ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  };
}

function readHost(text: string): { host: string; port: number } {
  const [, host = text, port] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: port === undefined ? sentinelPort : Number(port) };
}
