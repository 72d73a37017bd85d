import { expect, test } from "bun:test";
import { createClient } from "../../client/index.ts";
import { eventually } from "../support/eventually.ts";
import { cutBefore } from "../support/fault-proxy/fault.ts";
import { moments } from "../support/fault-proxy/moments.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import type { Frame } from "../support/recording-sockets.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const goodbye = { type: "goodbye", payload: { reason: "draining", closesInMs: 5000, reconnect: true } };

/** Does what the content of an echo says. */
const obey = ({ type, payload }: Frame) => {
  if (type !== "message") return [];
  return payload.content === "say goodbye" ? [goodbye] : { closeCode: 4501 };
};

test("a client whose newest socket is replaced stops, since another has taken its place", async () => {
  using server = new ScriptedServer(obey);
  const client = createClient({ url: server.url, reconnectDelayMs: 10 });
  client.echo("close").catch(() => {});
  await eventually("the end", () => client.state === "stopped");
  expect(server.opened).toBe(1);
});

test("a client that has replaced its socket itself goes on, although the new one was lost before it was of use", async () => {
  using server = new ScriptedServer(obey);
  await using proxy = await FaultProxy.start(server.url);
  const client = createClient({ url: proxy.url, reconnectDelayMs: 10 });
  await eventually("a connection", () => client.state === "connected");
  proxy.rule = (step) => (step.connection > 1 && moments.accept(step) ? cutBefore : null);
  client.echo("say goodbye").catch(() => {});
  await eventually("a new socket that is lost", () => server.opened >= 2 && proxy.faults >= 1);
  client.echo("close").catch(() => {});
  await eventually("the loss of the old one", () => client.state !== "connected");
  proxy.rule = () => null;
  await eventually("the next connection", () => client.state === "connected");
  client.close();
});
