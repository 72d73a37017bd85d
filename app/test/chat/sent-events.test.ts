import { expect, test } from "bun:test";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { sendNotification } from "../../src/chat/notifications.ts";
import { type EventType, eventPayloads, eventTypes } from "../../src/protocol/events.ts";
import { ChatWorld, type Client, settle } from "../support/chat-world.ts";
import { eventAt } from "../support/event-at.ts";
import { type Frame, takeApart } from "../support/recording-sockets.ts";

const room = "room:a";
const checks = new Map(eventTypes.map((type) => [type, TypeCompiler.Compile(eventPayloads[type])]));

/** A day in a room on which everything happens that this version has events for. */
async function everyFrame(): Promise<Frame[]> {
  const world = new ChatWorld({ presenceEventsMaxMembers: 2 });
  const [ann, ben] = [await world.join(room), await world.join(room)];
  await comeAndGo(world, ann, ben);
  const cleo = await world.join("group:g", "cleo", { rooms: ["group:g"], mayPublish: true });
  await changeMessage(ann, ben);
  await notifyAndRemove(world, cleo);
  await ann.ask("message", { content: null });
  await ann.ask("ping", {});
  await ann.ask("fly", {});
  ann.sendText("{");
  world.engine.announce(room, [{ ...eventAt(5), content: null }, eventAt(6)]);
  world.engine.replaysAs = () => ({ recovered: false, reason: "epoch", epoch: "E2", seq: 0 });
  world.engine.announce(room, [eventAt(9)]);
  world.clock.advance(24_000);
  await ben.ask("history", { room });
  world.hub.drain.sendAllAway(1000);
  const frames = [ann, ben, cleo].flatMap(({ socket }) =>
    socket.texts.map((text) => JSON.parse(text) as Frame),
  );
  return frames.flatMap((frame) => (frame.type === "batch" ? [frame, ...takeApart(frame)] : [frame]));
}

async function comeAndGo(world: ChatWorld, ann: Client, ben: Client): Promise<void> {
  await ann.ask("typing", { room, isTyping: true });
  await world.join(room);
  for (const { ask } of [ann, ben]) await ask("join", { rooms: [{ room: "room:b" }] });
  await ben.ask("leave", { rooms: ["room:b"] });
  world.clock.advance(6000);
}

async function changeMessage(ann: Client, ben: Client): Promise<void> {
  const { messageId } = (await ann.ask("send_message", { room, content: "hi", meta: { replyTo: "x" } }))
    .payload;
  await ann.ask("message_edit", { room, messageId, content: "ho" });
  await ben.ask("reaction", { room, messageId, emoji: "+", action: "add" });
  await ann.ask("message_delete", { room, messageId });
}

async function notifyAndRemove(world: ChatWorld, member: Client): Promise<void> {
  const { identity } = member.connection;
  await member.ask("join", { rooms: [{ room: "notifications:me" }] });
  await sendNotification(world.hub, identity, { userIds: [identity.user.id], payload: [], id: null });
  const removal = { kind: "member_removed", room: "group:g", userId: identity.user.id } as const;
  await world.engine.control(removal, { userId: "admin", at: world.clock.now(), instance: "i1" });
  await settle();
}

test("each event that is sent is as its schema says, with no field beyond it", async () => {
  const frames = await everyFrame();
  for (const { type, payload } of frames) {
    const check = checks.get(type as EventType);
    expect([type, check === undefined ? "no schema" : [...check.Errors(payload)]]).toEqual([type, []]);
    const fields = Object.keys(eventPayloads[type as EventType].properties);
    if (type !== "message_response")
      expect([type, fields]).toEqual([type, expect.arrayContaining(Object.keys(payload))]);
  }
});

test("all events that this version has are among them", async () => {
  const sent = new Set((await everyFrame()).map(({ type }) => type));
  expect([...sent].sort()).toEqual(eventTypes.filter((type) => type !== "stay").sort());
});
