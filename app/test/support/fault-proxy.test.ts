import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { commandFrame, encodeFrame, opcodes } from "./encode-frame.ts";
import { eventually } from "./eventually.ts";
import {
  cutAfter,
  cutAtByte,
  cutBefore,
  type Fault,
  type FaultRule,
  nth,
  plain429,
} from "./fault-proxy/fault.ts";
import type { Side, Step } from "./fault-proxy/proxy-step.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { HttpWorld } from "./http-world.ts";
import { RawPeer } from "./raw-peer.ts";
import { ScriptedServer } from "./scripted-server.ts";
import { WsClient } from "./ws-client.ts";

const room = "room:proxied";

let world: HttpWorld;
let proxy: FaultProxy;

beforeEach(async () => {
  world = await HttpWorld.start({ MESSAGES_PER_MINUTE: "0", MAX_CONNECTIONS_PER_IP: "0" });
  proxy = await FaultProxy.start(world.url);
});

afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  await world.stop();
});

const socketUrl = (id = "c1"): string => `${proxy.url}/ws/chat/${id}`;

const isHead =
  (from: Side) =>
  (step: Step): boolean =>
    step.kind === "head" && step.from === from;

const holds =
  (from: Side, type: string) =>
  (step: Step): boolean =>
    step.from === from && step.frames.some((frame) => frame.type === type);

const storedCount = async (): Promise<number> => (await world.engine.head(room)).seq;

async function joined(): Promise<WsClient> {
  const client = await WsClient.connect(socketUrl());
  await client.join(room);
  return client;
}

const command = { type: "send_message", id: "m1", payload: { room, content: "hello" } };

const isAck = (step: Step): boolean =>
  step.from === "server" && step.frames.some(({ payload }) => payload.messageId !== undefined);

const acksIn = (client: WsClient): number => client.frames.filter(({ id }) => id === command.id).length;

describe("without a rule", () => {
  test("everything passes as it is, however long or in however many pieces", async () => {
    const client = await joined();
    const peer = await RawPeer.open(proxy.url);
    const long = JSON.stringify({ type: "message", id: "m1", payload: { content: "x".repeat(70_000) } });
    peer.write(encodeFrame({ opcode: opcodes.text, payload: long.slice(0, 20), isFinal: false }));
    peer.write(encodeFrame({ opcode: opcodes.continuation, payload: long.slice(20) }));
    expect((await peer.answer("m1")).payload.content).toHaveLength(70_000);
    expect((await client.ask("send_message", { room, content: "x".repeat(3000) })).payload.seq).toBe(1);
    expect(await client.close()).toBe(1000);
    expect(proxy.faults).toBe(0);
  });

  test("plain requests pass, and connections go when they are over", async () => {
    const answer = await fetch(`${proxy.url}/health/live`);
    expect(answer.status).toBe(200);
    await eventually("the connection's end", () => proxy.openConnections === 0);
  });

  test("a server that is not there is an end without an answer", async () => {
    await world.stop();
    await expect(WsClient.connect(socketUrl())).rejects.toThrow("closed with 1006");
    await eventually("the connection's end", () => proxy.openConnections === 0);
  });

  test("each new connection goes to the present target, plain requests too", async () => {
    using other = new ScriptedServer();
    const statusOf = async () => (await fetch(`${proxy.url}/health/live`)).status;
    expect(await statusOf()).toBe(200);
    proxy.target = other.url;
    expect(await statusOf()).toBe(426);
    await WsClient.connect(socketUrl());
    expect([world.hub.connectionCount, other.open]).toEqual([0, 1]);
  });
});

describe("during the handshake", () => {
  const cuts: [where: string, rule: () => FaultRule, opened: number][] = [
    ["before the request", () => nth(1, isHead("client"), cutBefore), 0],
    ["amid the request", () => cutAtByte("client", 40), 0],
    ["after the request", () => nth(1, isHead("client"), cutAfter), 1],
    ["before the 101", () => nth(1, isHead("server"), cutBefore), 1],
    ["amid the 101", () => cutAtByte("server", 40), 1],
    ["after the 101", () => nth(1, isHead("server"), cutAfter), 1],
    ["before the greeting", () => nth(1, holds("server", "connection_established"), cutBefore), 1],
  ];
  test.each(cuts)("cut %s", async (_where, rule, opened) => {
    using greeter = new ScriptedServer();
    proxy.target = greeter.url;
    proxy.rule = rule();
    await expect(WsClient.connect(socketUrl())).rejects.toThrow("closed with 1006");
    await eventually("an end for all", () => greeter.open === 0 && proxy.openConnections === 0);
    expect([greeter.opened, proxy.faults]).toEqual([opened, 1]);
  });

  test("a client whose 101 arrived knows that it did", async () => {
    proxy.rule = nth(1, isHead("server"), cutAfter);
    const socket = new WebSocket(socketUrl());
    const happened: string[] = [];
    socket.onopen = () => happened.push("open");
    socket.onclose = ({ code }) => happened.push(`close ${code}`);
    await eventually("a close", () => happened.includes("close 1006"));
    expect(happened).toEqual(["open", "close 1006"]);
  });

  test("a proxy's own answer comes instead of the server's", async () => {
    using greeter = new ScriptedServer();
    proxy.target = greeter.url;
    proxy.rule = (step) => (isHead("client")(step) ? plain429(7) : null);
    const answer = await fetch(socketUrl());
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "7"]);
    expect([answer.headers.get("content-type"), await answer.text()]).toEqual([
      "text/plain; charset=utf-8",
      "Too Many Requests",
    ]);
    await expect(WsClient.connect(socketUrl())).rejects.toThrow("closed with");
    expect([greeter.asked, proxy.faults]).toEqual([0, 2]);
  });

  test("a duplicate has the server accept the same request before", async () => {
    proxy.rule = nth(1, isHead("client"), { kind: "duplicate" });
    const client = await WsClient.connect(socketUrl());
    expect([world.hub.connectionCount, world.hub.sessionCount]).toEqual([2, 1]);
    await client.join(room);
    expect(client.frames.map(({ type }) => type)).not.toContain("goodbye");
    await client.close();
    await eventually("an end for both", () => world.hub.connectionCount === 0);
  });
});

describe("around a command", () => {
  const cuts: [where: string, fits: (step: Step) => boolean, fault: Fault, stored: number, acks: number][] = [
    ["before it", holds("client", "send_message"), cutBefore, 0, 0],
    ["amid it", holds("client", "send_message"), { kind: "cut", at: { bytes: 9 } }, 0, 0],
    ["after it", holds("client", "send_message"), cutAfter, 1, 0],
    ["before its ack", isAck, cutBefore, 1, 0],
    ["amid its ack", isAck, { kind: "cut", at: { bytes: 9 } }, 1, 0],
    ["after its ack", isAck, cutAfter, 1, 1],
  ];
  test.each(cuts)("cut %s", async (_where, fits, fault, stored, acks) => {
    const client = await joined();
    proxy.rule = nth(1, fits, fault);
    client.send(command);
    expect(await client.closed()).toBe(1006);
    await eventually("the server's part", () => world.hub.connectionCount === 0);
    expect([await storedCount(), acksIn(client)]).toEqual([stored, acks]);
  });

  test("only the n-th is hit", async () => {
    const client = await joined();
    proxy.rule = nth(3, isAck, cutBefore);
    await client.ask("send_message", { room, content: "one" });
    await client.ask("send_message", { room, content: "two" });
    client.send(command);
    expect(await client.closed()).toBe(1006);
    expect([await storedCount(), proxy.faults]).toEqual([3, 1]);
  });

  test("what stood behind it in the same segment is lost, and the rule is not asked", async () => {
    const peer = await RawPeer.open(proxy.url);
    proxy.rule = (step) => (holds("client", "ping")(step) ? cutAfter : null);
    const ping = commandFrame({ type: "ping", payload: {} });
    peer.write(Buffer.concat([ping, ping]));
    await peer.closed();
    expect(proxy.faults).toBe(1);
  });

  test("a delay keeps the order", async () => {
    const client = await joined();
    proxy.rule = nth(1, holds("client", "send_message"), { kind: "delay", ms: 30 });
    const startedAt = performance.now();
    client.send(command);
    await client.ask("ping", {});
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(29);
    expect(client.frames.slice(-2).map(({ type }) => type)).toEqual(["message_response", "pong"]);
  });

  test.each([false, true])(
    "a stall stops what it is to stop and closes nothing (both directions: %p)",
    async (isBoth) => {
      const stalled = await joined();
      const other = await WsClient.connect(socketUrl("c2"));
      await other.join(room);
      proxy.rule = nth(1, holds("client", "ping"), { kind: "stall", at: "before", isBoth });
      stalled.send({ type: "ping", id: "p1" });
      await eventually("the stall", () => proxy.faults === 1);
      await other.ask("send_message", { room, content: "to all" });
      await other.ask("send_message", { room, content: "and again" });
      if (!isBoth) await stalled.until("the message", () => stalled.messages(room)[1]);
      expect(stalled.messages(room)).toHaveLength(isBoth ? 0 : 2);
      expect(stalled.frames.some(({ type }) => type === "pong")).toBe(false);
      expect([stalled.isClosed, world.hub.connectionCount]).toEqual([false, 2]);
    },
  );
});
