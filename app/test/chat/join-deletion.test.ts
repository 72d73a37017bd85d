import { expect, test } from "bun:test";
import { ChatWorld, until } from "../support/chat-world.ts";
import type { Frame } from "../support/recording-sockets.ts";

const room = "room:a";
const ofTheRoom = ["chat_message", "message_edit", "message_delete", "reaction", "skipped"];

/** Somebody joins, and between the read and the answer a message is edited and deleted. */
async function joinMeanwhile(position: object) {
  const world = new ChatWorld();
  const writer = await world.join(room);
  const send = async (content: string) => (await writer.ask("send_message", { room, content })).payload;
  const about = { room, messageId: (await send("regretted")).messageId };
  await send("kept");
  const reader = await world.join("room:b");
  world.engine.pauseAnswers();
  reader.send("join", { rooms: [{ room, ...position }] }, "j");
  await until(() => world.engine.waitingAnswers > 0);
  const alsoAbout = { room, messageId: (await send("regretted too")).messageId };
  await writer.ask("message_edit", { ...about, content: "regretted still" });
  await writer.ask("reaction", { ...about, emoji: "+", action: "add" });
  for (const regretted of [about, alsoAbout]) await writer.ask("message_delete", regretted);
  world.engine.resumeAnswers();
  const { payload } = await until(() => reader.socket.answerTo("j"));
  expect(reader.socket.texts.join()).not.toContain("regretted");
  const followed = reader.socket.framesOf(...ofTheRoom).map(({ type, payload: { seq } }) => `${type} ${seq}`);
  return { answer: (payload.rooms as Frame["payload"][])[0] ?? {}, followed };
}

const sinceTheRead = ["skipped 3", "skipped 4", "reaction 5", "message_delete 6", "message_delete 7"];

test("what is replayed is skipped where it was deleted after it was read", async () => {
  const { answer, followed } = await joinMeanwhile({ epoch: "", seq: 0 });
  const types = (answer.events as Frame[]).map(({ type }) => type);
  expect([answer.seq, types]).toEqual([2, ["skipped", "chat_message"]]);
  expect(followed).toEqual(sinceTheRead);
});

test("the newest messages are without those that were deleted after they were read", async () => {
  const { answer, followed } = await joinMeanwhile({});
  expect(answer).toMatchObject({ seq: 2, messages: [{ seq: 2, content: "kept" }], hasMore: false });
  expect((answer.messages as object[]).length).toBe(1);
  expect(followed).toEqual(sinceTheRead);
});
