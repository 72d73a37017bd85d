import { expect, test } from "bun:test";
import { clusterAddress, sentinelOptions } from "../../src/engine/redis-address.ts";

const hosts = [{ host: "a", port: 26379 }];
const cases: [url: string, options: object][] = [
  ["redis+sentinel://a/main", { sentinels: hosts, name: "main", failoverDetector: true }],
  [
    "redis+sentinel://a:1,[::1]:2,c/main",
    {
      sentinels: [
        { host: "a", port: 1 },
        { host: "::1", port: 2 },
        { host: "c", port: 26379 },
      ],
    },
  ],
  ["redis+sentinel://u:p%40ss@a/main/3", { sentinels: hosts, username: "u", password: "p@ss", db: 3 }],
  ["redis+sentinel://:p@a/main", { sentinels: hosts, password: "p" }],
  ["redis+sentinel://a/main?sentinelPassword=s", { sentinelPassword: "s" }],
  [
    "redis+sentinel://:p@a/main?sentinelUser=u&sentinelPassword=s",
    { password: "p", sentinelUsername: "u", sentinelPassword: "s" },
  ],
  ["rediss+sentinel://a/main", { sentinels: hosts, tls: {}, enableTLSForSentinelMode: true }],
];
test.each(cases)("%s asks Sentinels for the master", (url, options) => {
  expect(sentinelOptions(url)).toMatchObject(options);
});

test.each(["redis://a", "rediss://u:p@a:1/2", "redis+sentinel://a", "redis+sentinel://a/main/x"])(
  "%s asks none",
  (url) => {
    expect(sentinelOptions(url)).toBeNull();
  },
);

const clusters: [url: string, address: object][] = [
  ["redis+cluster://a", { seeds: [{ host: "a", port: 6379 }], options: {} }],
  ["redis+cluster://a:1,b:2/", { seeds: [1, 2].map((port) => ({ host: port === 1 ? "a" : "b", port })) }],
  ["redis+cluster://[::1]:7", { seeds: [{ host: "::1", port: 7 }] }],
  ["redis+cluster://u:p%40ss@a", { options: { username: "u", password: "p@ss" } }],
  ["redis+cluster://:p@a", { options: { password: "p" } }],
  ["rediss+cluster://a", { options: { tls: {} } }],
];
test.each(clusters)("%s asks these nodes for the others", (url, address) => {
  expect(clusterAddress(url)).toMatchObject(address);
});

test.each(["redis://a", "redis+sentinel://a/main", "redis+cluster://", "redis+cluster://a/0"])(
  "%s is none of a cluster",
  (url) => {
    expect(clusterAddress(url)).toBeNull();
  },
);
