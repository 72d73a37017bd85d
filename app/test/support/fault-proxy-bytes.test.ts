import { expect, test } from "bun:test";
import { eventually } from "./eventually.ts";
import { cutAtByte, cutBefore, type FaultRule, nth } from "./fault-proxy/fault.ts";
import type { Step } from "./fault-proxy/proxy-step.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { TcpEnd } from "./tcp-end.ts";
import { TcpRecorder } from "./tcp-recorder.ts";

const request = "GET / HTTP/1.1\r\nconnection: close\r\n\r\n";

const endOf = ({ ends }: TcpRecorder): string => ends[0]?.end ?? "";

const isRequest = ({ kind, from }: Step): boolean => kind === "head" && from === "client";

test("what passed before a cut arrives whole, then an end; the other side sees a reset", async () => {
  using target = await TcpRecorder.start();
  await using proxy = await FaultProxy.start(target.url);
  proxy.rule = cutAtByte("client", 10);
  const client = TcpEnd.connect(proxy.url, request);
  await eventually("the end of both", () => client.end !== "" && endOf(target) !== "");
  expect([client.end, target.ends[0]?.text, endOf(target)]).toEqual(["ECONNRESET", "GET / HTTP", "end"]);
});

test("the place of a cut counts from the beginning of the connection", async () => {
  using target = await TcpRecorder.start();
  await using proxy = await FaultProxy.start(target.url);
  proxy.rule = cutAtByte("client", request.length + 1);
  const client = TcpEnd.connect(proxy.url, request);
  await eventually("the request", () => target.ends[0]?.text.endsWith("\r\n\r\n") === true);
  client.write("body");
  await eventually("the end", () => endOf(target) !== "");
  expect(target.ends[0]?.text).toBe(`${request}b`);
});

const patience: [who: string, rule: FaultRule | null][] = [
  ["a reader who does not read", null],
  ["a line that is stalled", nth(1, isRequest, { kind: "stall", at: "after" })],
];
test.each(patience)("before %s, the sender's bytes wait at the sender", async (_who, rule) => {
  using target = await TcpRecorder.start();
  await using proxy = await FaultProxy.start(target.url);
  if (rule !== null) proxy.rule = rule;
  const sender = TcpEnd.connect(proxy.url, request);
  await eventually("the request", () => target.ends[0]?.text.endsWith("\r\n\r\n") === true);
  target.ends[0]?.pause();
  sender.write("x".repeat(64 * 1024 * 1024));
  for (let round = 0; round < 100; round += 1) await exchange(proxy.url, target);
  expect(sender.waitingBytes).toBeGreaterThan(16 * 1024 * 1024);
});

async function exchange(url: string, target: TcpRecorder): Promise<void> {
  const count = target.ends.length;
  const client = TcpEnd.connect(url, request);
  await eventually("the request", () => target.ends[count]?.text.endsWith("\r\n\r\n") === true);
  client.destroy();
}

test("a cut before anything resets both sides", async () => {
  using target = await TcpRecorder.start();
  await using proxy = await FaultProxy.start(target.url);
  proxy.rule = nth(1, isRequest, cutBefore);
  const client = TcpEnd.connect(proxy.url, request);
  await eventually("the end of both", () => client.end !== "" && endOf(target) !== "");
  expect([client.end, target.ends[0]?.text, endOf(target)]).toEqual(["ECONNRESET", "", "ECONNRESET"]);
});

test("a half-closed direction ends, and the other goes on", async () => {
  using target = await TcpRecorder.start();
  await using proxy = await FaultProxy.start(target.url);
  proxy.rule = nth(1, isRequest, { kind: "half_close", at: "after" });
  const client = TcpEnd.connect(proxy.url, request);
  await eventually("the end of one direction", () => endOf(target) !== "");
  target.ends[0]?.write("HTTP/1.1 200 OK\r\n\r\n");
  target.ends[0]?.write("and more");
  await eventually("the answer", () => client.text.endsWith("and more"));
  expect([client.end, endOf(target)]).toEqual(["", "end"]);
  client.destroy();
});

test("too long a head is cut, and so are all connections on request and at the end", async () => {
  using target = await TcpRecorder.start();
  await using proxy = await FaultProxy.start(target.url);
  const client = TcpEnd.connect(proxy.url, "x".repeat(5 * 1024 * 1024));
  await eventually("an end", () => client.end !== "");
  const others = [TcpEnd.connect(proxy.url, "x"), TcpEnd.connect(proxy.url, "y")];
  await eventually("the others", () => target.ends.length === 3);
  proxy.cutAll();
  await eventually("their end", () => others.every(({ end }) => end !== "") && proxy.openConnections === 0);
  expect(target.ends.map(({ text }) => text)).toEqual(["", "", ""]);
});

test("more connections than it serves are refused", async () => {
  using target = await TcpRecorder.start();
  await using proxy = await FaultProxy.start(target.url);
  const clients = Array.from({ length: 1001 }, () => TcpEnd.connect(proxy.url, "x"));
  await eventually("the last one's end", () => clients.some(({ end }) => end !== ""));
  expect(proxy.openConnections).toBe(1000);
});
