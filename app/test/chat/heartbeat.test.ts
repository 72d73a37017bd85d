import { describe, expect, test } from "bun:test";
import { Heartbeat } from "../../src/chat/heartbeat.ts";
import { ChatWorld } from "../support/chat-world.ts";
import { ManualClock } from "../support/manual-clock.ts";

const intervalMs = 30_000;

/** A wheel with members that write down when they were visited, in ms after the start. */
function wheelOf(count: number, interval = intervalMs) {
  const clock = new ManualClock();
  const startedAt = clock.now();
  const members = Array.from({ length: count }, (_, index) => {
    const visits: number[] = [];
    return { visits, number: index + 1, beat: () => visits.push(clock.now() - startedAt) };
  });
  const present = new Map(members.map((member) => [member.number, member]));
  const wheel = new Heartbeat(clock, interval, present);
  wheel.start();
  return { clock, wheel, members, present };
}

describe("the wheel", () => {
  test("visits everybody exactly once in every interval", () => {
    const { clock, members } = wheelOf(100);
    for (let round = 1; round <= 3; round += 1) {
      clock.advance(intervalMs);
      expect(members.every(({ visits }) => visits.length === round)).toBe(true);
    }
    for (const { visits } of members) {
      expect([(visits[1] ?? 0) - (visits[0] ?? 0), (visits[2] ?? 0) - (visits[1] ?? 0)]).toEqual([
        intervalMs,
        intervalMs,
      ]);
    }
  });

  test("spreads them evenly over 30 turns, though they came at once", () => {
    const { clock, members } = wheelOf(300);
    clock.advance(intervalMs);
    const perTurn = Map.groupBy(members, ({ visits }) => visits[0]);
    expect(perTurn.size).toBe(30);
    expect([...perTurn.values()].map((visited) => visited.length)).toEqual(new Array(30).fill(10));
  });

  test("visits nobody who left, nor anybody once it is stopped", () => {
    const { clock, wheel, members, present } = wheelOf(2);
    const [gone, here] = members;
    present.delete(gone?.number ?? 0);
    clock.advance(intervalMs);
    wheel.stop();
    clock.advance(intervalMs);
    expect([gone?.visits.length, here?.visits.length]).toEqual([0, 1]);
  });

  test("stands still at an interval of 0", () => {
    const { clock, members } = wheelOf(1, 0);
    clock.advance(intervalMs);
    expect([members[0]?.visits, clock.pendingTimers]).toEqual([[], 0]);
  });

  test("leaves out the turn that comes late, since what was sent during the pause is not read yet", () => {
    const { clock, members } = wheelOf(30);
    clock.pause(60_000);
    clock.advance(0);
    expect(members.flatMap(({ visits }) => visits)).toEqual([]);
    clock.advance(intervalMs);
    expect(members.map(({ visits }) => visits.length)).toEqual(new Array(30).fill(1));
  });
});

/** Everybody who is open answers its pings, from now on. */
function answerPings(
  { clock }: ChatWorld,
  ms: number,
  clients: readonly ReturnType<ChatWorld["connect"]>[],
): void {
  const answered = new Map(clients.map((client) => [client, client.socket.pings]));
  for (let second = 0; second < ms; second += 1000) {
    clock.advance(1000);
    for (const client of clients) {
      if (client.socket.pings > (answered.get(client) ?? 0)) client.connection.ponged();
      answered.set(client, client.socket.pings);
    }
  }
}

describe("a connection", () => {
  test("gets one heartbeat and one ping in every interval", () => {
    const world = new ChatWorld();
    const client = world.connect();
    answerPings(world, 3 * intervalMs, [client]);
    const beats = client.socket.framesOf("heartbeat").map(({ payload }) => payload.timestamp as number);
    expect([beats.length, client.socket.pings]).toEqual([3, 3]);
    expect((beats[2] ?? 0) - (beats[1] ?? 0)).toBe(intervalMs);
  });

  test("that answers pings may be silent for ever", () => {
    const world = new ChatWorld();
    const client = world.connect();
    answerPings(world, 40 * intervalMs, [client]);
    expect(client.socket.closedWith).toBeNull();
  });

  test("that answers none is closed within two intervals, after a goodbye", () => {
    const world = new ChatWorld();
    const clients = Array.from({ length: 30 }, () => world.connect());
    world.clock.advance(2 * intervalMs);
    for (const { socket } of clients) {
      expect(socket.closedWith).toEqual({ code: 4000, reason: "idle_timeout" });
      expect(socket.frames.at(-1)).toEqual({
        type: "goodbye",
        payload: { reason: "idle_timeout", closesInMs: 0, reconnect: true },
      });
    }
    expect(world.closeCodes).toEqual(new Array(30).fill(4000));
    expect(world.hub.connectionCount).toBe(0);
  });

  test("that is gone is not visited any more", () => {
    const world = new ChatWorld();
    world.connect().vanish();
    world.clock.advance(2 * intervalMs);
    expect(world.sent).not.toContain("heartbeat");
  });

  test("that sends commands but answers no ping is closed as well", () => {
    const world = new ChatWorld();
    const client = world.connect();
    for (let second = 0; second < 60; second += 1) {
      world.clock.advance(1000);
      client.send("ping", {});
    }
    expect(client.socket.closedWith?.code).toBe(4000);
  });
});

describe("CONNECTION_TIMEOUT", () => {
  test("without heartbeats closes who sends nothing for so long, within twice the time", () => {
    const world = new ChatWorld({ heartbeatIntervalMs: 0, connectionTimeoutMs: 60_000 });
    const [silent, silenced, active] = [world.connect(), world.connect(), world.connect()];
    silenced.send("ping", {});
    for (let second = 0; second < 122; second += 1) {
      if (second < 59) expect([silent.socket.closedWith, silenced.socket.closedWith]).toEqual([null, null]);
      world.clock.advance(1000);
      active.send("ping", {});
    }
    expect([silent, silenced, active].map(({ socket }) => socket.closedWith?.code)).toEqual([
      4000,
      4000,
      undefined,
    ]);
    expect([silent.socket.pings, silent.socket.framesOf("heartbeat")]).toEqual([0, []]);
  });

  test.each([30_000, 30_001, 300_000])(
    "of %i ms does not matter to who answers a ping every 30 s",
    (connectionTimeoutMs) => {
      const world = new ChatWorld({ heartbeatIntervalMs: 30_000, connectionTimeoutMs });
      const client = world.connect();
      answerPings(world, 20 * intervalMs, [client]);
      expect(client.socket.closedWith).toBeNull();
    },
  );

  test("shorter than the heartbeat interval closes who was silent for so long before the first ping", () => {
    const world = new ChatWorld({ heartbeatIntervalMs: 60_000, connectionTimeoutMs: 30_000 });
    const { socket } = world.connect();
    world.clock.advance(60_000);
    expect([socket.closedWith?.code, socket.pings]).toEqual([4000, 0]);
  });

  test("off, and heartbeats off: nobody is closed, and no clock runs", () => {
    const world = new ChatWorld({ heartbeatIntervalMs: 0, connectionTimeoutMs: 0 });
    const client = world.connect();
    world.clock.advance(10_000_000);
    expect(client.socket.closedWith).toBeNull();
  });
});
