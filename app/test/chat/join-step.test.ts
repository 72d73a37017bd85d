import { expect, test } from "bun:test";
import { ChatWorld, settle, until } from "../support/chat-world.ts";
import type { Frame } from "../support/recording-sockets.ts";

const room = "room:a";

const seqs = (frames: readonly Frame[]): unknown[] => frames.map(({ payload }) => payload.seq);

const joinAnswer = (frame: Frame): Frame["payload"] => (frame.payload.rooms as Frame["payload"][])[0] ?? {};

/** Which events and acks of the room a client has got, by seq, the join's own events first. */
function accounted(answer: Frame, frames: readonly Frame[]): unknown[] {
  const replayed = joinAnswer(answer).events as Frame[];
  return [...seqs(replayed), ...seqs(frames)];
}

test("feed behind log: what was read is not delivered again when its event comes late", async () => {
  const world = new ChatWorld();
  const writer = await world.join(room);
  await writer.ask("send_message", { room, content: "1" });

  world.engine.pauseBus();
  writer.send("send_message", { room, content: "2" }, "w2");
  const reader = world.connect();
  await world.hub.blocks.load(reader.connection.identity.user.id);
  reader.send("join", { rooms: [{ room, epoch: "", seq: 0 }] }, "j");
  await settle();
  expect(reader.socket.framesOf("message_response")).toEqual([]);

  world.engine.resumeBus();
  const answer = await until(() => reader.socket.frames.find(({ id }) => id === "j"));
  await writer.ask("send_message", { room, content: "3" });
  expect(accounted(answer, reader.socket.framesOf("chat_message"))).toEqual([1, 2, 3]);
});

test("log behind feed: what was delivered after the read follows the answer, once", async () => {
  const world = new ChatWorld();
  const writer = await world.join(room);
  await writer.ask("send_message", { room, content: "1" });

  const reader = world.connect();
  await world.hub.blocks.load(reader.connection.identity.user.id);
  world.engine.pauseAnswers();
  reader.send("join", { rooms: [{ room, epoch: "", seq: 0 }] }, "j");
  await until(() => world.engine.waitingAnswers > 0);
  await writer.ask("send_message", { room, content: "2" });
  await writer.ask("send_message", { room, content: "3" });
  expect(reader.socket.framesOf("chat_message")).toEqual([]);

  world.engine.resumeAnswers();
  const answer = await until(() => reader.socket.frames.find(({ id }) => id === "j"));
  await writer.ask("send_message", { room, content: "4" });
  expect(joinAnswer(answer)).toMatchObject({ recovered: true, seq: 1 });
  expect(accounted(answer, reader.socket.framesOf("chat_message"))).toEqual([1, 2, 3, 4]);
  expect(reader.socket.frames.findIndex(({ id }) => id === "j")).toBe(1);
});

test("two with one position, one before an event and one after it: each gets every event once", async () => {
  const world = new ChatWorld();
  const writer = await world.join(room);
  await writer.ask("send_message", { room, content: "1" });

  const readers = [world.connect(), world.connect()];
  for (const { connection } of readers) await world.hub.blocks.load(connection.identity.user.id);
  world.engine.pauseAnswers();
  for (const [index, reader] of readers.entries()) {
    reader.send("join", { rooms: [{ room, epoch: "", seq: 0 }] }, "j");
    await until(() => world.engine.waitingAnswers > index);
    await writer.ask("send_message", { room, content: "meanwhile" });
  }

  world.engine.resumeAnswers();
  for (const { socket } of readers) {
    const answer = await until(() => socket.frames.find(({ id }) => id === "j"));
    expect(accounted(answer, socket.framesOf("chat_message"))).toEqual([1, 2, 3]);
  }
});

test("both at once, over several rooms: one answer, then each room goes on where it was read", async () => {
  const world = new ChatWorld();
  const other = "room:b";
  const writer = world.connect();
  await writer.ask("join", { rooms: [{ room }, { room: other }] });
  for (const each of [room, other]) await writer.ask("send_message", { room: each, content: "missed" });
  const reader = world.connect();
  await world.hub.blocks.load(reader.connection.identity.user.id);
  world.engine.pauseAnswers();
  reader.send(
    "join",
    {
      rooms: [
        { room, epoch: "", seq: 0 },
        { room: other, epoch: "", seq: 0 },
      ],
    },
    "j",
  );
  await until(() => world.engine.waitingAnswers === 2);
  await writer.ask("send_message", { room, content: "a1" });
  await writer.ask("send_message", { room: other, content: "b1" });
  world.engine.resumeAnswers();
  await until(() => reader.socket.framesOf("chat_message").length === 2);
  expect(reader.socket.framesOf("chat_message").map(({ payload }) => [payload.room, payload.seq])).toEqual([
    [room, 2],
    [other, 2],
  ]);
});

test("an idle room records nothing, and a room that everybody left is not followed any more", async () => {
  const world = new ChatWorld();
  const client = await world.join(room);
  expect(world.hub.feeds.get(room)?.recording.isInUse).toBe(false);
  await client.ask("leave", { rooms: [room] });
  expect(world.hub.feeds.count).toBe(0);
  expect(world.followedLogs).toEqual([]);
});
