import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { HostileWorld } from "../support/hostile-world.ts";
import type { HttpPeer } from "../support/http-peer.ts";
import { upgradeHeaders } from "../support/raw-request.ts";

let world: HostileWorld;
let halfOpen: readonly HttpPeer[];
beforeAll(async () => {
  world = await HostileWorld.start();
  halfOpen = halfOpenHandshakes.map(([, start, rest]) => begin(start, rest));
}, 30_000);
afterAll(() => world?.close());

/** Never finished; the rest comes one byte at a time. */
const halfOpenHandshakes: [what: string, start: string, rest: string][] = [
  ["nothing", "", ""],
  ["half a request line", "GET /ws/ch", ""],
  ["half the headers", "GET /ws/chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: webso", ""],
  ["everything but the end", "GET /ws/chat HTTP/1.1\r\nHost: localhost\r\n", ""],
  ["a dripping request line", "GET /", "a".repeat(1000)],
  ["dripping headers", "GET /ws/chat HTTP/1.1\r\nHost: localhost\r\n", "X-Drip: a\r\n".repeat(100)],
];
const dripMs = 100;
/** Bun ends them after 12 s. */
const halfOpenMaxMs = 16_000;

function begin(start: string, rest: string): HttpPeer {
  const peer = world.dial();
  peer.write(start);
  let sent = 0;
  const timer = setInterval(() => {
    if (peer.isClosed) clearInterval(timer);
    else peer.write(rest.slice(sent, ++sent));
  }, dripMs);
  return peer;
}

/** A request with the headers of a handshake, some of them changed or left out. */
function handshake(changes: Readonly<Record<string, string | null>> = {}, line = "GET /ws/chat/a"): string {
  const headers = Object.entries({ host: "localhost", ...upgradeHeaders, ...changes });
  const lines = headers.filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

const live = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** Sends bytes on a connection of their own and resolves with the answers, each as "status code". */
async function answersTo(sent: string, count = 1): Promise<string[]> {
  const peer = world.dial();
  peer.write(sent);
  await peer.answered(count);
  peer.vanish();
  return peer.answers.map(({ status, code }) => `${status} ${code}`.trim());
}

describe("a handshake", () => {
  const key = "sec-websocket-key";
  const version = "sec-websocket-version";
  const subprotocol = "sec-websocket-protocol";
  const cases: [what: string, changes: Record<string, string | null>, answer: string][] = [
    ["without a key", { [key]: null }, "400 bad_request"],
    ["with an empty key", { [key]: "" }, "400 bad_request"],
    ["with a key of 15 bytes", { [key]: "dGhlIHNhbXBsZSBub25j" }, "400 bad_request"],
    ["with a key that is no Base64", { [key]: "!".repeat(24) }, "400 bad_request"],
    ["with a key of 750 bytes", { [key]: "A".repeat(1000) }, "400 bad_request"],
    ["with two keys", { "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==" }, "400 bad_request"],
    ["without a version", { [version]: null }, "426 upgrade_required"],
    ["of version 8", { [version]: "8" }, "426 upgrade_required"],
    ["of version 013", { [version]: "013" }, "426 upgrade_required"],
    ["of two versions", { [version]: "13, 8" }, "426 upgrade_required"],
    ["without Upgrade", { upgrade: null }, "426 upgrade_required"],
    ["without Connection", { connection: null }, "426 upgrade_required"],
    ["for another protocol", { upgrade: "h2c" }, "426 upgrade_required"],
    ["for an unknown subprotocol", { [subprotocol]: "mqtt" }, "400 unsupported_version"],
    ["for a subprotocol in capitals", { [subprotocol]: "HOLDLINE.V1" }, "400 unsupported_version"],
    ["with a token", { [subprotocol]: "holdline.v1, bearer.x" }, "401 unauthorized"],
    ["with two tokens", { [subprotocol]: "holdline.v1, bearer.x, bearer.x" }, "400 bad_request"],
    ["from a page elsewhere", { origin: "https://evil.example" }, "403 origin_forbidden"],
    ["from an origin that is none", { origin: "http://[" }, "403 origin_forbidden"],
    ["from a script", { origin: "javascript:alert(1)" }, "403 origin_forbidden"],
    ["to a host that is none", { host: "][", origin: "https://evil.example" }, "403 origin_forbidden"],
    ["through proxies that are none", { "x-forwarded-for": "x,,1.2.3.4.5,".repeat(99) }, "101"],
    ["with cookies that are none", { cookie: "__proto__=%zz; =;;" }, "101"],
  ];
  test.each(cases)("%s", async (_what, changes, answer) => {
    expect(await answersTo(handshake(changes))).toEqual([answer]);
  });

  const ids = ["a%20b", "a%00b", "%ff", "%zz", "a%2Fb", "..%2f..", "ä", "\xff", "a".repeat(65)];
  test.each(ids)("with the id %j", async (id) => {
    expect(await answersTo(handshake({}, `GET /ws/chat/${id}`))).toEqual(["400 bad_request"]);
  });

  test("with an id of 10,000 characters", async () => {
    const line = `GET /ws/chat/${"a".repeat(10_000)}`;
    expect(await answersTo(handshake({}, line))).toEqual(["400 bad_request"]);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "TRACE"])("by %s, to a host of any length", async (method) => {
    for (const host of ["w", "web", "localhost"])
      expect(await answersTo(handshake({ host }, `${method} /ws/chat/a`))).toEqual([
        "405 method_not_allowed",
      ]);
  });
});

describe("is refused and cut off:", () => {
  const start = "GET /health/live HTTP/1.1\r\n";
  const post = "POST /ws/chat/a HTTP/1.1\r\nHost: localhost\r\n";
  const pages = Array.from({ length: 300 }, (_, index) => `X-${index}: y\r\n`).join("");
  const cases: [what: string, sent: string, answers: string[]][] = [
    ["no host", `${start}\r\n`, ["400"]],
    ["no path", "GET HTTP/1.1\r\nHost: localhost\r\n\r\n", ["400"]],
    ["a NUL in the path", "GET /ws/chat/a\0b HTTP/1.1\r\nHost: localhost\r\n\r\n", ["505"]],
    ["HTTP/9.9", "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", ["505"]],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ["400"]],
    ["TLS", `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${"\0".repeat(600)}`, ["400"]],
    ["a space before a colon", `${start}Host: localhost\r\nX : y\r\n\r\n`, ["400"]],
    ["a folded header", `${start}Host: localhost\r\nX: a\r\n b\r\n\r\n`, ["400"]],
    ["a control character", `${start}Host: localhost\r\nX: a\x01b\r\n\r\n`, ["400"]],
    ["300 headers", `${start}Host: localhost\r\n${pages}\r\n`, ["431"]],
    ["a header of 20,000 bytes", `${start}Host: localhost\r\nX: ${"y".repeat(20_000)}\r\n\r\n`, ["431"]],
    ["a URL of 20,000 bytes", `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, ["431"]],
    ["two lengths", `${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`, ["400"]],
    ["a length beside chunks", `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`, ["400"]],
    ["a negative length", `${post}Content-Length: -5\r\n\r\n`, ["400"]],
    ["a length of 99 gigabytes", `${post}Content-Length: 99999999999\r\n\r\nhello`, ["413"]],
    [
      "chunks that are none",
      `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      ["405 method_not_allowed", "400"],
    ],
    ["a method that nobody knows", "BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", []],
  ];
  test.each(cases)("%s", async (_what, sent, answers) => {
    const peer = world.dial();
    peer.write(sent);
    await peer.closed();
    expect(peer.answers.map(({ status, code }) => `${status} ${code}`.trim())).toEqual(answers);
  });

  test("a header of 20 megabytes, before it is there", async () => {
    const peer = world.dial();
    peer.write(`${start}Host: localhost\r\nX: ${"y".repeat(20_000_000)}`);
    await peer.closed();
  });
});

describe("requests in one segment", () => {
  const bad = handshake({}, "GET /ws/chat/a%20b");
  const cases: [what: string, sent: string, answers: string[]][] = [
    ["are answered in order", live + bad + live, ["200", "400 bad_request", "200"]],
    ["may end with a handshake", live + handshake(), ["200", "101"]],
  ];
  test.each(cases)("%s", async (_what, sent, answers) => {
    expect(await answersTo(sent, answers.length)).toEqual(answers);
  });

  test("are frames behind a handshake: 1002", async () => {
    const peer = await world.open({ behind: Buffer.from(live) });
    expect(await peer.closed()).toBe(1002);
  });
});

test.each(halfOpenHandshakes.map(([what], index): [string, number] => [what, index]))(
  "a handshake that never ends is closed without an answer: %s",
  async (_what, index) => {
    await halfOpen[index]?.closed(halfOpenMaxMs);
    expect(halfOpen[index]?.answers).toEqual([]);
  },
  halfOpenMaxMs + 1000,
);

test("nobody else noticed", () => world.expectUnharmed(150), 30_000);
