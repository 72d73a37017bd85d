import { signToken } from "./token.ts";
import { upgradeHead } from "./upgrade-head.ts";
import type { Wire } from "./wire.ts";

const ID_PREFIX = "00000000-0000-4000-8000-";
const ID_DIGITS = 12;
const TYPE_OFFSET = '{"type":"'.length;
const QUOTE = 0x22;
const COMMA = 0x2c;

/** Our protocol; crowded rooms are told how many they are once a second. */
export const holdlineWire: Wire = {
  upgradeRequest,
  greetings: [{ awaits: '"connection_established"' }],
  commandId: ID_PREFIX + "0".repeat(ID_DIGITS),
  numberDigits: ID_DIGITS,
  command: (type, payload) => JSON.stringify({ type, id: holdlineWire.commandId, payload }),
  isAnswer: hasType,
  isRefusal: (bytes, start) => hasType(bytes, start, "error"),
  eventOf: (text) => JSON.parse(text),
  presenceMs: 1200,
};

/** The same from servers that have no protocol of their own, and know of nobody's presence. */
export const bareHoldlineWire: Wire = { ...holdlineWire, presenceMs: 0 };

/** With the token of a user of its own. */
export function upgradeRequest(): Uint8Array {
  const id = crypto.randomUUID();
  return upgradeHead(`/ws/chat/${id}`, `Sec-WebSocket-Protocol: holdline.v1, bearer.${signToken(id)}`);
}

/** Compares the first letter and where the type ends, which tells our event types apart. */
function hasType(bytes: Uint8Array, start: number, type: string): boolean {
  const at = start + TYPE_OFFSET;
  const end = at + type.length;
  return bytes[at] === type.charCodeAt(0) && bytes[end] === QUOTE && bytes[end + 1] === COMMA;
}

/** The last part of a command's id is its number. */
export function commandNumber(id: string): number {
  return Number(id.slice(-ID_DIGITS));
}
