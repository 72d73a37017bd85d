import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { type Client, type ClientOptions, createClient } from "../../client/index.ts";
import { PlayedServer } from "../support/played-server.ts";

const name = "room:played";
const place = { room: name, epoch: "e" };

let server: PlayedServer;
let client: Client;
beforeEach(() => {
  jest.useFakeTimers();
  server = new PlayedServer();
});
afterEach(() => {
  client.close();
  jest.useRealTimers();
});

/** Lets promises that are settled have their effects. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

async function start(options: ClientOptions = {}): Promise<void> {
  client = createClient({ url: "http://127.0.0.1:1", WebSocket: server.WebSocket, ...options });
  await settle();
  server.newest.greet();
}

/** In the room, at seq 7. */
async function startJoined(options: ClientOptions = {}) {
  await start(options);
  const room = client.room(name);
  const joined = room.join();
  enter({ recovered: false, reason: "new", seq: 7, messages: [], hasMore: false });
  await joined;
  return room;
}

function enter(answer: object): void {
  const command = server.newest.takeOne("join");
  server.newest.answer(command, { rooms: [{ ...place, ok: true, ...answer }] });
}

const message = (seq: number) => ({
  ...place,
  seq,
  message: { id: `m${seq}`, clientId: null, content: `${seq}`, createdAt: seq },
});

describe("a position", () => {
  test("that is void is asked for again, and what there is now takes the place of what was", async () => {
    const room = await startJoined();
    const resets: unknown[] = [];
    room.on("reset", ({ reason, messages }) => resets.push([reason, messages.length]));
    server.newest.say("resync", { room: name, reason: "epoch", epoch: "f" });
    expect(room.isJoined).toBe(false);
    enter({ epoch: "f", recovered: false, reason: "epoch", seq: 2, messages: [{}, {}], hasMore: false });
    expect([resets, room.position, client.counters.resets]).toEqual([
      [["epoch", 2]],
      { epoch: "f", seq: 2 },
      1,
    ]);
  });

  test("that leaves a hole is asked for again, and nothing is told before what is missing", async () => {
    const room = await startJoined();
    const told: number[] = [];
    room.on("message", ({ seq }) => told.push(seq));
    server.newest.say("chat_message", message(9));
    server.newest.say("chat_message", message(10));
    expect(told).toEqual([]);
    const frames = [8, 9, 10].map((seq) => ({ type: "chat_message", payload: message(seq) }));
    enter({ recovered: true, seq: 10, events: frames });
    expect([told, client.counters.holes]).toEqual([[8, 9, 10], 1]);
  });

  test("counts what this client does not know, and what it may not see", async () => {
    const room = await startJoined();
    const others: unknown[] = [];
    room.on("other", ({ type }) => others.push(type));
    server.newest.say("poll", { ...place, seq: 8 });
    server.newest.say("batch", { events: [{ type: "skipped", payload: { ...place, seq: 9 } }] });
    server.newest.say("weather", { room: name });
    expect([others, room.position?.seq]).toEqual([["poll", "weather"], 9]);
  });
});

describe("a server that shuts down", () => {
  const goodbye = { reason: "draining", closesInMs: 15_000, reconnect: true };

  test("is left when the next connection has joined", async () => {
    await startJoined();
    const [first] = server.sockets;
    first?.say("goodbye", goodbye);
    await settle();
    server.newest.greet({ instance: "next" });
    expect([server.sockets.length, first?.closedWith]).toEqual([2, null]);
    enter({ recovered: true, seq: 7, events: [] });
    expect([first?.closedWith, client.state, client.greeting?.instance]).toEqual([1000, "connected", "next"]);
    expect([client.counters.handovers, client.counters.reconnects]).toEqual([1, 0]);
  });

  test("is left only when it closes, without `handover`", async () => {
    await startJoined({ handover: false });
    const [first] = server.sockets;
    first?.say("goodbye", goodbye);
    await settle();
    jest.advanceTimersByTime(14_999);
    expect([server.sockets.length, client.state]).toEqual([1, "connected"]);
    first?.end(1012, "restart");
    expect(client.state).toBe("waiting");
    jest.advanceTimersByTime(5_000);
    await settle();
    server.newest.greet();
    expect([server.sockets.length, client.counters.handovers, client.counters.reconnects]).toEqual([2, 0, 1]);
  });

  test("and changes its mind before the next connection is tried keeps its clients", async () => {
    await startJoined();
    const [first] = server.sockets;
    first?.say("goodbye", goodbye);
    await settle();
    server.newest.end(1006);
    first?.say("stay");
    await settle();
    jest.advanceTimersByTime(10_000);
    await settle();
    expect([server.sockets.length, client.state, first?.closedWith]).toEqual([2, "connected", null]);
  });
});

describe("closed by the server", () => {
  const codes: [code: number, reason: string, state: string][] = [
    [1012, "restart", "waiting"],
    [4000, "idle_timeout", "waiting"],
    [4004, "flooding", "waiting"],
    [4499, "", "waiting"],
    [4500, "unauthorized", "stopped"],
    [4501, "replaced", "stopped"],
    [4999, "", "stopped"],
  ];
  test.each(codes)("with %d %s", async (code, reason, state) => {
    await start();
    server.newest.end(code, reason);
    expect(client.state).toBe(state as "waiting");
  });
});

test("a page that was put aside goes on where it was, in a room that stayed wanted", async () => {
  Object.assign(globalThis, { document: new EventTarget() });
  try {
    const room = await startJoined();
    const putAside = (type: string) => Object.assign(new Event(type), { persisted: true });
    globalThis.dispatchEvent(putAside("pagehide"));
    expect([client.state, server.newest.closedWith, room.isJoined]).toEqual(["waiting", 1000, false]);
    globalThis.dispatchEvent(putAside("pageshow"));
    await settle();
    server.newest.greet();
    expect(server.newest.takeOne("join").payload.rooms).toEqual([{ room: name, epoch: "e", seq: 7 }]);
  } finally {
    client.close();
    Reflect.deleteProperty(globalThis, "document");
  }
});

test("nothing that a stopped client is still told has an effect", async () => {
  const room = await startJoined();
  const told: unknown[] = [];
  room.on("message", (event) => told.push(event));
  client.close();
  server.newest.say("chat_message", message(8));
  expect([told, server.newest.closedWith]).toEqual([[], 1000]);
});

test("the next delay is random up to twice the last, and never above the most", async () => {
  const spans: number[] = [];
  client = createClient({
    url: "http://127.0.0.1:1",
    WebSocket: server.WebSocket,
    reconnectDelayMaxMs: 5000,
  });
  client.on("reconnecting", ({ delayMs }) => spans.push(delayMs));
  const random = jest.spyOn(Math, "random").mockReturnValue(0.5);
  for (let loss = 0; loss < 5; loss++) {
    await settle();
    server.newest.greet();
    server.newest.end(1006);
    jest.advanceTimersByTime(5000);
  }
  random.mockRestore();
  expect(spans).toEqual([500, 1000, 2000, 2500, 2500]);
});
