import { expect, test } from "bun:test";
import { type Deliverer, DeliveryPacer } from "../../src/chat/delivery-pacer.ts";
import { ChatWorld, settle } from "../support/chat-world.ts";

const kib = 1024;

/** A room with so many KiB to hand out, which writes down what it handed out. */
class Room implements Deliverer {
  readonly name: string;
  readonly handedOut: string[];
  leftBytes: number;

  constructor(name: string, leftKib: number, handedOut: string[]) {
    this.name = name;
    this.leftBytes = leftKib * kib;
    this.handedOut = handedOut;
  }

  get hasUndelivered(): boolean {
    return this.leftBytes > 0;
  }

  deliver(bytesMax: number): number {
    const bytes = Math.min(bytesMax, this.leftBytes);
    this.leftBytes -= bytes;
    this.handedOut.push(`${this.name}${bytes / kib}`);
    return bytes;
  }
}

/** Rooms with so many KiB each, all of which ask at once, and the turns that follow. */
function pace(kibByRoom: Record<string, number>) {
  const turns: (() => void)[] = [];
  const handedOut: string[] = [];
  const pacer = new DeliveryPacer((turn) => turns.push(turn));
  const rooms = Object.entries(kibByRoom).map(([name, left]) => new Room(name, left, handedOut));
  for (const room of rooms) pacer.request(room);
  const take = () => handedOut.splice(0);
  return {
    pacer,
    rooms,
    take,
    pendingTurns: () => turns.length,
    nextTurn: () => {
      for (const turn of turns.splice(0)) turn();
      return take();
    },
  };
}

test("what is little goes out at once", () => {
  const { take } = pace({ a: 1, b: 2 });
  expect(take()).toEqual(["a1", "b2"]);
});

test("one turn hands at most 256 KiB to a room", () => {
  const { take, nextTurn } = pace({ a: 600 });
  expect(take()).toEqual(["a256"]);
  expect(nextTurn()).toEqual(["a256"]);
  expect(nextTurn()).toEqual(["a88"]);
  expect(nextTurn()).toEqual([]);
});

test("several bursts in one turn share the room's 256 KiB", () => {
  const { pacer, rooms, take, nextTurn } = pace({ a: 200 });
  const [room] = rooms;
  if (room === undefined) throw new Error("no room");
  room.leftBytes = 100 * kib;
  pacer.request(room);
  room.leftBytes += 50 * kib;
  pacer.request(room);
  expect(take()).toEqual(["a200", "a56"]);
  expect(nextTurn()).toEqual(["a94"]);
});

test("one turn begins no room after 768 KiB; the others wait for the next", () => {
  const { take, nextTurn } = pace({ a: 300, b: 300, c: 300, d: 10, e: 20 });
  expect(take()).toEqual(["a256", "b256", "c256"]);
  expect(nextTurn()).toEqual(["a44", "b44", "c44", "d10", "e20"]);
});

test("a room with much does not starve the others", () => {
  const { nextTurn } = pace({ a: 5000, b: 5000, c: 5000, d: 5000, e: 300 });
  const handedOut = Array.from({ length: 4 }, nextTurn).flat();
  expect(handedOut.filter((entry) => entry.startsWith("e"))).toEqual(["e256", "e44"]);
});

test("no turn is asked for when nothing was handed out in the last one", () => {
  const { nextTurn, pendingTurns } = pace({ a: 1 });
  nextTurn();
  expect(pendingTurns()).toBe(0);
});

test("a burst of 10 MB in one room reaches its members whole, in order, over several turns", async () => {
  const world = new ChatWorld();
  const member = await world.join("room:a");
  const events = world.engine.fill("room:a", 1300, "x".repeat(8000));
  let bytes = 0;
  const bytesOfTurns: number[] = [];
  const endTurn = () => {
    const total = member.socket.texts.reduce((sum, text) => sum + text.length, 0);
    bytesOfTurns.push(total - bytes);
    bytes = total;
  };
  endTurn();
  for (let start = 0; start < events.length; start += 100)
    world.engine.announce("room:a", events.slice(start, start + 100));
  while (bytesOfTurns.at(-1) !== 0 || bytesOfTurns.length === 1) {
    endTurn();
    world.nextTurn();
    await settle();
  }
  const batchFrameBytes = 4096;
  expect(Math.max(...bytesOfTurns.slice(1))).toBeLessThanOrEqual(256 * kib + batchFrameBytes);
  expect(bytesOfTurns.length).toBeGreaterThan(40);
  const seqs = member.socket.framesOf("chat_message").map(({ payload }) => payload.seq);
  expect(seqs).toEqual(events.map(({ seq }) => seq));
});
