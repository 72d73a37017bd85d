import { expect, setDefaultTimeout, test } from "bun:test";
import { type Client, createClient } from "../../client/index.ts";
import { eventually } from "../support/eventually.ts";
import { cutBefore } from "../support/fault-proxy/fault.ts";
import { moments } from "../support/fault-proxy/moments.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import type { Frame } from "../support/recording-sockets.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

/** They wait for timers of the client, and of a server that may have to share its machine. */
setDefaultTimeout(20_000);

/** A client's first attempt to move again comes within this. */
const handoverDelayMs = 250;

const goodbye = { type: "goodbye", payload: { reason: "draining", closesInMs: 5000, reconnect: true } };

/** Does what the content of an echo says. */
const obey = ({ type, id, payload }: Frame) => {
  if (type !== "message") return [];
  const event = payload.content === "say stay" ? { type: "stay", payload: {} } : goodbye;
  return [event, { type: "message_response", id, payload }];
};

/** The second connection is stalled after the server has accepted it, and the client waits for it. */
async function stallSecond(proxy: FaultProxy, client: Client): Promise<void> {
  proxy.rule = (step) =>
    step.connection > 1 && moments.accept(step) ? { kind: "stall", at: "before", isBoth: true } : null;
  await client.echo("say goodbye");
  await eventually("a second connection", () => proxy.faults === 1);
}

test("a client whose newest socket is replaced stops, since another has taken its place", async () => {
  using server = new ScriptedServer(obey);
  const client = createClient({ url: server.url, reconnectDelayMs: 10 });
  await eventually("a connection", () => client.state === "connected");
  server.closeFirst(4501);
  await eventually("the end", () => client.state === "stopped");
  expect(server.opened).toBe(1);
});

test("a client that has replaced its socket itself goes on, although the new one was lost before it was of use", async () => {
  using server = new ScriptedServer(obey);
  await using proxy = await FaultProxy.start(server.url);
  const client = createClient({ url: proxy.url, reconnectDelayMs: 10 });
  await eventually("a connection", () => client.state === "connected");
  proxy.rule = (step) => (step.connection > 1 && moments.accept(step) ? cutBefore : null);
  await client.echo("say goodbye");
  await eventually("a new socket that is lost", () => server.opened >= 2 && proxy.faults >= 1);
  server.closeFirst(4501);
  await eventually("the loss of the old one", () => client.state !== "connected");
  proxy.rule = () => null;
  await eventually("the next connection", () => client.state === "connected");
  client.close();
});

test("a client that was told to stay stays, also when its new connection is lost after that", async () => {
  using server = new ScriptedServer(obey);
  await using proxy = await FaultProxy.start(server.url);
  const client = createClient({ url: proxy.url });
  await stallSecond(proxy, client);
  await client.echo("say stay");
  proxy.cut(2);
  await eventually("the question why", () => server.asked === 3);
  const until = performance.now() + 3 * handoverDelayMs;
  await eventually("time for an attempt", () => performance.now() > until);
  expect([server.asked, client.state]).toEqual([3, "connected"]);
  client.close();
});

test("a client that loses its connection while it opens the next one waits for that, and opens no third", async () => {
  using server = new ScriptedServer(obey);
  await using proxy = await FaultProxy.start(server.url);
  const client = createClient({ url: proxy.url, reconnectDelayMs: 10 });
  const states: string[] = [];
  await stallSecond(proxy, client);
  client.on("state", ({ state }) => states.push(state));
  server.closeFirst(1012);
  await eventually("the loss", () => states.length > 0);
  expect([states, proxy.accepted]).toEqual([["connecting"], 2]);
  client.close();
});
