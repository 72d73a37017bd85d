import { expect, test } from "bun:test";
import { redisUrl } from "../src/config-parsers.ts";
import { readRedisHosts } from "../src/config-redis-url.ts";

const good = [
  "redis://a",
  "rediss://user:p%40ss@a:6380/2",
  "redis://[::1]:6379/",
  "redis://:p@a?family=6",
  "redis+sentinel://a,b:26380,[::1]:3/main/15",
  "rediss+sentinel://u:p@a/main?sentinelPassword=s%26t",
  "redis+cluster://:p@a:1,b:2/",
  "rediss+cluster://u:p@a",
];

test.each(good)("%s is understood", (url) => {
  expect(redisUrl.parse(url)).toBe(url);
});

const bad = [
  "a:6379",
  "http://a",
  "redis://",
  "redis://a:x",
  "redis://a/rooms",
  "redis://:pa#ss@a",
  "redis://u:1#2@a",
  "redis://:p%zz@a",
  "redis://:p%ff@a",
  "redis+sentinel://a",
  "redis+sentinel://a/",
  "redis+sentinel:///main",
  "redis+sentinel://a:x/main",
  "redis+sentinel://a:0/main",
  "redis+sentinel://a:65536/main",
  "redis+sentinel://a,/main",
  "redis+sentinel://a,b /main",
  "redis+sentinel://:p@ss@a/main",
  "redis+sentinel://:p%zz@a/main",
  "redis+sentinel://a/main/x",
  "redis+sentinel://a/main?password=p",
  "redis+sentinel://a/main?sentinelUser=u",
  "redis+cluster://",
  "redis+cluster://a/0",
  "redis+cluster://a?sentinelPassword=p",
  "redis+cluster://u@a",
  "redis+other://a",
];

test.each(bad)("%s is refused", (url) => {
  expect(redisUrl.parse(url)).toBeUndefined();
});

test("user and password are decoded, of Redis and of its Sentinels", () => {
  const read = readRedisHosts("redis+sentinel://u%2F:p%3A@a/m%20n?sentinelUser=s%40&sentinelPassword=t%26");
  expect(read).toMatchObject({
    credentials: { username: "u/", password: "p:" },
    master: "m n",
    sentinelCredentials: { username: "s@", password: "t&" },
  });
});
