/** Of a Redis, or of a Sentinel. */
export interface RedisHost {
  readonly host: string;
  /** Undefined: the usual one. */
  readonly port?: number;
}

interface RedisCredentials {
  /** Undefined: the default user. */
  readonly username?: string;
  readonly password?: string;
}

/** A URL with several hosts, which `URL` does not read. */
export interface RedisHosts {
  readonly kind: "sentinel" | "cluster";
  readonly isEncrypted: boolean;
  readonly hosts: readonly RedisHost[];
  /** For each Redis. */
  readonly credentials: RedisCredentials;
  /** What follows is of Sentinels only. */
  readonly master: string;
  readonly database: number;
  readonly sentinelCredentials: RedisCredentials;
}

const portMax = 65_535;
const userAndPassword = "(?:(?<username>[^:@/?#]*):(?<password>[^@/?#]*)@)?";
const host = String.raw`(?:\[[\da-fA-F:.]+\]|[^\s:/@?#,[\]]+)(?::\d{1,5})?`;
const hosts = `(?<hosts>${host}(?:,${host})*)`;
const master = String.raw`/(?<master>[^/?#]+)(?:/(?<database>\d{1,4}))?`;
const ofSentinels = String.raw`(?:\?(?:sentinelUser=(?<sentinelUser>[^&#]*)&)?sentinelPassword=(?<sentinelPassword>[^&#]*))?`;
const forms = {
  sentinel: new RegExp(`^rediss?\\+sentinel://${userAndPassword}${hosts}${master}${ofSentinels}$`),
  cluster: new RegExp(`^rediss?\\+cluster://${userAndPassword}${hosts}/?$`),
};

/**
 * `redis+sentinel://[user:password@]host[:port][,…]/master[/database][?[sentinelUser=…&]sentinelPassword=…]` or
 * `redis+cluster://[user:password@]host[:port][,…]`, with `rediss` for TLS to all of them. Null: it is neither.
 */
export function readRedisHosts(url: string): RedisHosts | null {
  const kind = /^rediss?\+sentinel:/.test(url) ? "sentinel" : "cluster";
  const parts = forms[kind].exec(url)?.groups;
  const read = (parts?.hosts ?? "").split(",").map(readHost);
  if (parts === undefined || !isDecodable(url) || !read.every(hasPort)) return null;
  return {
    kind,
    isEncrypted: url.startsWith("rediss"),
    hosts: read,
    credentials: credentialsOf(parts.username, parts.password),
    master: decodeURIComponent(parts.master ?? ""),
    database: Number(parts.database ?? 0),
    sentinelCredentials: credentialsOf(parts.sentinelUser, parts.sentinelPassword),
  };
}

/** `host[:port]`, an IPv6 address in brackets. */
export function readHost(text: string): RedisHost {
  const [, name = text, port] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  return { host: name.replace(/^\[(.*)\]$/, "$1"), ...(port === undefined ? {} : { port: Number(port) }) };
}

const hasPort = ({ port = 1 }: RedisHost): boolean => port >= 1 && port <= portMax;

/** Whether it leads to one Redis, and to that which its writer meant: an unescaped `#` cuts a password in two. */
export function isOneRedis(url: string): boolean {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url) || !isDecodable(url)) return false;
  const { hostname, pathname, hash } = new URL(url);
  return hostname !== "" && hash === "" && /^\/?\d*$/.test(pathname);
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== "";
  } catch {
    return false;
  }
}

const credentialsOf = (username?: string, password?: string): RedisCredentials => ({
  ...(username ? { username: decodeURIComponent(username) } : {}),
  ...(password ? { password: decodeURIComponent(password) } : {}),
});
