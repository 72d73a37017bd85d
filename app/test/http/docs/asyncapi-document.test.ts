import { describe, expect, test } from "bun:test";
import specifications from "@asyncapi/specs";
import Ajv from "ajv";
import { closeCodes, mayReconnect } from "../../../src/protocol/close-codes.ts";
import { commandTypes } from "../../../src/protocol/commands.ts";
import { errorCodes, handshakeRefusalCodes } from "../../../src/protocol/errors.ts";
import { eventTypes } from "../../../src/protocol/events.ts";
import { ProtocolDocument } from "../../support/protocol-document.ts";

const document = new ProtocolDocument();
const { root } = document;
const channel = root.channels.chat;

// Its formats (URIs, addresses of people) are those of fields that the document does not have.
const specification = new Ajv({ strict: false, validateFormats: false }).compile(
  specifications.schemasWithoutId["3.0.0"] as object,
);

test("it is what AsyncAPI 3 says a document is", () => {
  specification(root);
  expect(specification.errors ?? []).toEqual([]);
});

const flaws: [path: string, change: (copy: typeof root) => void][] = [
  ["info", (copy) => delete copy.info.version],
  ["servers", (copy) => delete copy.servers.plain.protocol],
  ["an operation", (copy) => (copy.operations.joinCommand.action = "answer")],
  ["a binding", (copy) => (copy.channels.chat.bindings.ws.method = "PUT")],
  ["a message", (copy) => (copy.components.messages.joinCommand.example = {})],
  ["a schema", (copy) => (copy.components.schemas.JoinCommand.required = "rooms")],
];

test.each(flaws)("a flaw in %s would be noticed", (_, change) => {
  const copy = structuredClone(root);
  change(copy);
  expect(specification(copy)).toBe(false);
});

test("whatever it refers to is there", () => {
  const references = [...JSON.stringify(root).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = ""]) => path);
  expect(references.length).toBeGreaterThan(100);
  const find = (path: string) => path.split("/").reduce((value, key) => value?.[key], root);
  expect(references.filter((path) => typeof find(path) !== "object")).toEqual([]);
});

test("every command and event has an operation", () => {
  expect([...document.commands.keys()]).toEqual([...commandTypes]);
  const answers = ["message_response", "pong"];
  expect([...document.events.keys(), ...answers].sort()).toEqual([...eventTypes].sort());
});

test("every message is one of an operation, and all are the channel's", () => {
  const named = [...document.commands.values()].flatMap(({ frame, response }) => [frame, response]);
  const inOperations = [...named, ...document.events.values()].sort();
  expect(Object.keys(document.messages).sort()).toEqual(inOperations);
  expect(Object.keys(channel.messages).sort()).toEqual(inOperations);
});

describe.each(Object.entries(document.messages))("%s", (name, message) => {
  test("has a summary that is no sentence", () => {
    expect(message.summary).toMatch(/^[A-Z].*[^.]$/);
  });

  test("has an example that is true to its schema", () => {
    expect(message.examples.length).toBe(1);
    for (const { payload } of message.examples) expect(document.problemWith(name, payload)).toBeNull();
  });
});

const undescribed: [message: string, frame: object][] = [
  ["joinCommand", { type: "join", id: "1" }],
  ["joinCommand", { type: "join", id: "", payload: { rooms: [{ room: "room:a" }] } }],
  ["joinCommand", { type: "leave", payload: { rooms: [{ room: "room:a" }] } }],
  ["sendMessageCommand", { type: "send_message", payload: { room: "lobby", content: "x" } }],
  ["batchEvent", { type: "batch", payload: { events: [{ type: "heartbeat", payload: { timestamp: 1 } }] } }],
  ["errorEvent", { type: "error", payload: { code: "other", message: "x", retryable: false } }],
  ["goodbyeEvent", { type: "goodbye", payload: { reason: "bored", closesInMs: 0, reconnect: true } }],
  ["pingResponse", { type: "message_response", payload: { timestamp: 1 } }],
];

test.each(undescribed)("%s is not %j", (name, frame) => {
  expect(document.problemWith(name, frame)).not.toBeNull();
});

test("commands that say nothing may leave out their payload", () => {
  for (const type of ["ping", "rooms"]) expect(document.problemWith(`${type}Command`, { type })).toBeNull();
});

test("fields that it does not know are nobody's problem", () => {
  const payload = { timestamp: 1, since: 2 };
  expect(document.problemWith("heartbeatEvent", { type: "heartbeat", payload, at: 3 })).toBeNull();
});

test("it tells of every refusal of a handshake, and of every close", () => {
  expect(Object.keys(channel["x-handshake-refusals"])).toEqual([...handshakeRefusalCodes]);
  expect(channel["x-handshake-refusals"].server_full).toMatchObject({ status: 503, retryAfterSeconds: 10 });
  const told = Object.entries<{ name: string; reconnect: boolean }>(channel["x-close-codes"]);
  expect(told.map(([code, { name }]) => [name, Number(code)])).toEqual(Object.entries(closeCodes));
  for (const [code, { reconnect }] of told) expect(reconnect).toBe(mayReconnect(Number(code)));
  expect(Object.keys(channel["x-error-codes"])).toEqual([...errorCodes]);
});
