import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { Connection } from "../../client/connection.ts";
import type { HoldlineError } from "../../client/errors.ts";
import { type Joinable, Joiner } from "../../client/joiner.ts";
import type { JoinAnswer, Position } from "../../client/wire.ts";
import { PlayedSocket } from "../support/played-server.ts";

class PlayedRoom implements Joinable {
  isWanted = true;
  position: Position | null = null;
  readonly told: string[] = [];
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  entered(_connection: Connection, { seq, ...answer }: JoinAnswer & { ok: true }): boolean {
    this.told.push(`entered ${seq}`);
    return answer.recovered && answer.more === true;
  }

  refused({ code }: HoldlineError): void {
    this.told.push(code);
  }
}

let socket: PlayedSocket;
let connection: Connection;
let joiner: Joiner;
let done: number;
beforeEach(() => {
  jest.useFakeTimers();
  socket = new PlayedSocket("", []);
  connection = new Connection(socket, { greeted() {}, heard() {}, ended() {}, tapped() {} }, 3_600_000);
  done = 0;
  joiner = new Joiner(connection, () => {
    done += 1;
  });
});
afterEach(() => {
  connection.close();
  jest.useRealTimers();
});

const roomsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => new PlayedRoom(`room:${index}`));
const recovered = (room: Joinable, seq: number, other = {}) => {
  return { room: room.name, ok: true, recovered: true, epoch: "e", seq, events: [], ...other };
};
const asked = () => socket.take("join").map(({ payload }) => payload.rooms);
const answer = (...rooms: object[]) => socket.answer(socket.takeOne("join"), { rooms });

test("asks for many rooms at once, from where each is, and says when all are in", () => {
  const [a, b] = [new PlayedRoom("room:a"), new PlayedRoom("room:b")];
  a.position = { epoch: "e", seq: 7 };
  joiner.add(a, b);
  const command = socket.takeOne("join");
  expect(command.payload.rooms).toEqual([{ room: "room:a", epoch: "e", seq: 7 }, { room: "room:b" }]);
  socket.answer(command, { rooms: [recovered(a, 9), recovered(b, 1)] });
  expect([a.told, b.told, done]).toEqual([["entered 9"], ["entered 1"], 1]);
});

test("asks for at most 100 rooms with one command, and for the others when it is answered", () => {
  const rooms = roomsOf(101);
  joiner.add(...rooms);
  const command = socket.takeOne("join");
  expect([command.payload.rooms.length, asked(), done]).toEqual([100, [], 0]);
  socket.answer(command, { rooms: rooms.slice(0, 100).map((room) => recovered(room, 1)) });
  expect(asked()).toEqual([[{ room: "room:100" }]]);
});

test("asks on while there is more", () => {
  const [room] = roomsOf(1) as [PlayedRoom];
  joiner.add(room);
  answer(recovered(room, 300, { more: true }));
  expect(done).toBe(0);
  answer(recovered(room, 400));
  expect([room.told, done]).toEqual([["entered 300", "entered 400"], 1]);
});

test("a room that is refused keeps none of the others out", () => {
  const [a, b] = roomsOf(2) as [PlayedRoom, PlayedRoom];
  joiner.add(a, b);
  answer({ room: a.name, ok: false, code: "forbidden", message: "" }, recovered(b, 1));
  expect([a.told, b.told, done]).toEqual([["forbidden"], ["entered 1"], 1]);
});

test("a room that cannot be joined now is asked for again, alone", () => {
  const [a, b] = roomsOf(2) as [PlayedRoom, PlayedRoom];
  joiner.add(a, b);
  answer({ room: a.name, ok: false, code: "unavailable", message: "" }, recovered(b, 1));
  expect(done).toBe(0);
  jest.advanceTimersByTime(1500);
  answer(recovered(a, 1));
  expect([a.told, b.told, done]).toEqual([["entered 1"], ["entered 1"], 1]);
});

test("a command that comes too soon is repeated when the server says", () => {
  const [room] = roomsOf(1) as [PlayedRoom];
  joiner.add(room);
  socket.refuse(socket.takeOne("join"), "rate_limited", true, 250);
  jest.advanceTimersByTime(249);
  expect(asked()).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(asked()).toEqual([[{ room: "room:0" }]]);
});

test("a command that is refused for good refuses its rooms", () => {
  const rooms = roomsOf(2);
  joiner.add(...rooms);
  socket.refuse(socket.takeOne("join"), "bad_message", false);
  expect([rooms.map(({ told }) => told), done]).toEqual([[["bad_message"], ["bad_message"]], 1]);
});

test("a room that was left meanwhile is left at the server too", () => {
  const [room] = roomsOf(1) as [PlayedRoom];
  joiner.add(room);
  room.isWanted = false;
  answer(recovered(room, 1));
  expect([room.told, socket.takeOne("leave").payload, done]).toEqual([[], { rooms: [room.name] }, 1]);
});

test("a room that was left and joined again meanwhile enters once, from where it is now", () => {
  const [room] = roomsOf(1) as [PlayedRoom];
  room.position = { epoch: "e", seq: 7 };
  joiner.add(room);
  room.position = null;
  joiner.add(room);
  answer(recovered(room, 9));
  expect(room.told).toEqual([]);
  const command = socket.takeOne("join");
  expect(command.payload.rooms).toEqual([{ room: room.name }]);
  socket.answer(command, { rooms: [recovered(room, 9)] });
  expect([room.told, socket.take("leave")]).toEqual([["entered 9"], []]);
});

test("a connection that ends takes its questions with it", () => {
  const [room] = roomsOf(1) as [PlayedRoom];
  joiner.add(room);
  connection.drop("test");
  expect([room.told, done]).toEqual([[], 0]);
});
