import { expect, test } from "bun:test";
import { createClient } from "../../client/index.ts";
import type { Frame } from "../support/recording-sockets.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const place = { room: "room:own", epoch: "e1" };

/** What the command is answered with when an earlier attempt was stored while nobody could hear of it. */
function answerLate({ type, id }: Frame): object[] {
  if (type === "join")
    return [respond(id, { rooms: [{ ...place, seq: 1, ok: true, recovered: true, events: [] }] })];
  if (type !== "send_message") return [];
  const message = { id: "m1", clientId: id, authorId: "alice", content: "hello", createdAt: 1 };
  return [
    respond(id, { ...place, seq: 2, messageId: "m1", createdAt: 1, duplicate: true }),
    { type: "chat_message", payload: { ...place, seq: 2, message } },
    { type: "chat_message", payload: { ...place, seq: 3, message: { ...message, clientId: "other" } } },
  ];
}

const respond = (id: string | undefined, payload: object) => ({ type: "message_response", id, payload });

test("a message is one's own also when its event comes behind the answer that it is a duplicate", async () => {
  using server = new ScriptedServer(answerLate);
  const client = createClient({ url: server.url });
  const room = client.room(place.room);
  const messages = room.events("message");
  const first = messages.next();
  await room.join();
  await room.send("hello");
  const told = [await first, await messages.next()].map(({ value }) => value && [value.seq, value.isOwn]);
  expect(told).toEqual([
    [2, true],
    [3, false],
  ]);
  client.close();
});
