import { upgradeHead } from "./upgrade-head.ts";
import type { Wire, WireEvent } from "./wire.ts";

/** Acks are asked for by number, of which a client uses no more digits than it needs. */
const NUMBER_DIGITS = 6;
const ACK = "43";
const CONNECT_ERROR = "44";
const EVENT = "42";

/** Socket.IO over Engine.IO 4: one digit says what kind of packet it is, the next what kind of message. */
export const socketIoWire: Wire = {
  upgradeRequest: () => upgradeHead("/socket.io/?EIO=4&transport=websocket"),
  greetings: [{ awaits: '0{"sid"', says: "40" }, { awaits: '40{"sid"' }],
  commandId: "0".repeat(NUMBER_DIGITS),
  numberDigits: NUMBER_DIGITS,
  command: (type, payload) => `${EVENT}${socketIoWire.commandId}${JSON.stringify([type, payload])}`,
  isAnswer: (bytes, start) => startsWith(bytes, start, ACK),
  isRefusal: (bytes, start) => startsWith(bytes, start, CONNECT_ERROR),
  eventOf,
  presenceMs: 0,
};

function eventOf(text: string): WireEvent {
  const [, packet, id = "", body] = /^(\d\d?)(\d*)(.*)$/s.exec(text) ?? [];
  if (packet === ACK) return { type: "message_response", id, payload: JSON.parse(body ?? "")[0] };
  if (packet === EVENT) {
    const [type, payload] = JSON.parse(body ?? "");
    return { type, payload };
  }
  return { type: packet === CONNECT_ERROR ? "error" : "packet", payload: text };
}

function startsWith(bytes: Uint8Array, start: number, packet: string): boolean {
  return bytes[start] === packet.charCodeAt(0) && bytes[start + 1] === packet.charCodeAt(1);
}
