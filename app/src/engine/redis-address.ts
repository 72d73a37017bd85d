import type { RedisOptions } from "ioredis";
import { type RedisHost, readHost, readRedisHosts } from "../config-redis-url.ts";

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

/** What ioredis has to be told for a URL; null: it is one that it understands itself. */
export function sentinelOptions(url: string): ConnectionOptions | null {
  const read = readRedisHosts(url);
  if (read?.kind !== "sentinel") return null;
  const { hosts, master, database, credentials, isEncrypted } = read;
  const { username, password } = read.sentinelCredentials;
  return {
    sentinels: hosts.map((host) => withPort(host, sentinelPort)),
    name: master,
    // Who follows a switch at once does not write to a master that nobody follows.
    failoverDetector: true,
    sentinelCommandTimeout: sentinelMsMax,
    sentinelRetryStrategy: (times) => Math.min(50 * times, sentinelRetryMsMax),
    sentinelReconnectStrategy: () => sentinelRetryMsMax,
    ...credentials,
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    db: database,
    ...(isEncrypted ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
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
  const read = readRedisHosts(url);
  if (read?.kind !== "cluster") return null;
  const seeds = read.hosts.map((host) => withPort(host, redisPort));
  return { seeds, options: { ...read.credentials, ...(read.isEncrypted ? { tls: {} } : {}) } };
}

/** What a node of a cluster is called by the others. */
export const readAddress = (address: string): NodeAddress => withPort(readHost(address), redisPort);

const withPort = ({ host, port }: RedisHost, usual: number): NodeAddress => ({ host, port: port ?? usual });
