import { chatMessage, echoAnswer, establishedPayload, joinedAnswer } from "./chat-payloads.ts";

/** A socket that speaks our frames; `publish` is for all others in the room. Those of `Bun.serve` are such. */
export type Member = {
  send(text: string): unknown;
  subscribe(room: string): unknown;
  publish(room: string, text: string): unknown;
};

type Command = {
  type: string;
  id: string;
  payload: { room: string; content: string; rooms: { room: string }[] };
};

/** Just enough of our protocol that the load can drive a server: checks nothing, stores nothing. */
export function takeCommand(member: Member, text: string): void {
  const { type, id, payload }: Command = JSON.parse(text);
  if (type === "send_message") publish(member, id, payload);
  else if (type === "join") join(member, id, payload);
  else if (type === "ping") member.send(eventFrame("pong", { timestamp: Date.now() }, id));
  else answer(member, id, echoAnswer(payload.content));
}

export function establishedFrame(): string {
  return eventFrame("connection_established", establishedPayload());
}

function publish(member: Member, id: string, payload: Command["payload"]): void {
  const { sent, answered } = chatMessage(payload, id);
  member.publish(payload.room, eventFrame("chat_message", sent));
  answer(member, id, answered);
}

function join(member: Member, id: string, { rooms }: Command["payload"]): void {
  for (const { room } of rooms) member.subscribe(room);
  answer(member, id, joinedAnswer(rooms));
}

function answer(member: Member, id: string, payload: object): void {
  member.send(eventFrame("message_response", payload, id));
}

function eventFrame(type: string, payload: object, id?: string): string {
  return JSON.stringify({ type, id, payload });
}
