import { isIP } from "node:net";
import { isOneRedis, readRedisHosts } from "./config-redis-url.ts";

/** Turns a variable's text into its value; `undefined` means that it is not one of `expected`. */
export type Parser<T> = { readonly expected: string; readonly parse: (text: string) => T | undefined };

/** Strictly decimal: what `Number()` also takes (`1e3`, ` 5`, `0x10`) is more often a slip than a wish. */
export function integer(min: number, max: number, zero?: string): Parser<number> {
  return {
    expected: `a whole number from ${min} to ${max}${zero === undefined ? "" : ` (0 ${zero})`}`,
    parse(text) {
      const value = /^\d{1,16}$/.test(text) ? Number(text) : -1;
      return value >= min && value <= max ? value : undefined;
    },
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): Parser<T> {
  return {
    expected: words.map((word) => `\`${word}\``).join(" or "),
    parse: (text) => words.find((word) => word === text),
  };
}

export function matching(pattern: RegExp, expected: string): Parser<string> {
  return { expected, parse: (text) => (pattern.test(text) ? text : undefined) };
}

export function bytesFrom(min: number): Parser<string> {
  return {
    expected: `at least ${min} bytes`,
    parse: (text) => (Buffer.byteLength(text) >= min ? text : undefined),
  };
}

export const httpUrl: Parser<string> = {
  expected: "a URL that begins with `http://` or `https://`",
  parse: (text) => (/^https?:\/\//.test(text) && URL.canParse(text) ? text : undefined),
};

export const redisUrl: Parser<string> = {
  expected:
    "a URL `redis://…` or `rediss://…`, `redis+sentinel://host:port,…/master` or `redis+cluster://host:port,…`, in which " +
    "user and password are percent-encoded",
  parse: (text) => (isOneRedis(text) || readRedisHosts(text) !== null ? text : undefined),
};

export function listOf(expected: string, parseItem: (item: string) => string | undefined): Parser<string[]> {
  return {
    expected: `${expected}, separated by commas`,
    parse(text) {
      const items = text.split(",").map((item) => parseItem(item.trim()));
      return items.every((item) => item !== undefined) ? items : undefined;
    },
  };
}

/** As far as its form tells. */
export const jwt = (item: string): string | undefined =>
  /^[\w-]+\.[\w-]+\.[\w-]+$/.test(item) ? item : undefined;

export function trustedProxy(item: string): string | undefined {
  if (item === "loopback" || item === "private") return item;
  const [, address = "", , prefix = "0"] = /^([0-9A-Fa-f.:]+)(\/(\d{1,3}))?$/.exec(item) ?? [];
  const prefixBitsMax = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return Number(prefix) <= prefixBitsMax ? item : undefined;
}

/** In the form that browsers send: lower case, without a default port, never with a path. */
export function origin(item: string): string | undefined {
  const text = item.toLowerCase();
  if (text === "*" || text === "null" || text === "file://") return text;
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*\\]+$/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.origin === "null" ? text : url.origin;
}
