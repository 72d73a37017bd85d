import { expect, test } from "bun:test";
import { Value } from "@sinclair/typebox/value";
import type { CommandType } from "../../src/protocol/commands.ts";
import { type JoinedRoom, type ResponsePayload, responsePayloads } from "../../src/protocol/responses.ts";

const place = { room: "room:a", epoch: "e1", seq: 3 };
const notification = { id: "n1", payload: { kind: "mail" }, createdAt: 1 };

const recovered: JoinedRoom = {
  ...place,
  ok: true,
  recovered: true,
  events: [{ type: "skipped", payload: place }],
};
const reset: JoinedRoom = {
  ...place,
  ok: true,
  recovered: false,
  reason: "new",
  messages: [{ seq: 1, ...notification }],
  hasMore: false,
};
const refused: JoinedRoom = { room: "room:a", ok: false, code: "forbidden", message: "You may not do this." };

const described: ResponsePayload<"join"> = {
  rooms: [recovered, { ...recovered, more: true }, reset, { ...reset, epoch: "", messages: [] }, refused],
};

test("a join says one of three things of each room", () => {
  expect(Value.Check(responsePayloads.join, described)).toBe(true);
});

const undescribed: [CommandType, unknown][] = [
  ["join", { rooms: [{ ...recovered, events: undefined }] }],
  ["join", { rooms: [{ ...recovered, more: false }] }],
  ["join", { rooms: [{ ...recovered, events: [{ type: "heartbeat", payload: { timestamp: 1 } }] }] }],
  ["join", { rooms: [{ ...recovered, events: [{ type: "reaction", payload: place }] }] }],
  ["join", { rooms: [{ ...reset, reason: "none" }] }],
  ["join", { rooms: [{ ...reset, messages: [notification] }] }],
  ["join", { rooms: [{ ...refused, message: undefined }] }],
  ["history", { ...place, messages: [] }],
  ["send_message", { ...place, messageId: "m1", duplicate: false }],
  ["batch", { results: [{ ok: true }] }],
  ["batch", { results: [{ ok: false, code: "forbidden", message: "No." }] }],
  ["presence", { room: "room:a", users: [{ userId: "alice", connections: 1 }], total: 1 }],
  ["ping", {}],
];

test.each(undescribed)("an answer to %s is not %j", (type, payload) => {
  expect(Value.Check(responsePayloads[type], payload)).toBe(false);
});
