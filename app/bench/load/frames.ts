export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;
const PONG = 10;

/** Called for each complete frame; the payload is `bytes[start … end)`, valid during the call only. */
export type FrameVisitor = (opcode: number, bytes: Uint8Array, start: number, end: number) => void;

/**
 * A masked text frame, as clients must send them. The mask is four zeros, which is legal, costs the server
 * the same, and lets the generator rewrite digits of a finished frame in place.
 */
export function textFrame(text: string): Uint8Array {
  return maskedFrame(TEXT, new TextEncoder().encode(text));
}

export function pongFrame(payload: Uint8Array): Uint8Array {
  return maskedFrame(PONG, payload);
}

export function closeFrame(code: number): Uint8Array {
  return maskedFrame(CLOSE, new Uint8Array([code >> 8, code & 0xff]));
}

function maskedFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const size = payload.length;
  if (size > 0xffff) throw new RangeError("the generator sends no frame over 65535 bytes");
  const header =
    size < 126 ? [0x80 | opcode, 0x80 | size] : [0x80 | opcode, 0x80 | 126, size >> 8, size & 0xff];
  const frame = new Uint8Array(header.length + 4 + size);
  frame.set(header);
  frame.set(payload, header.length + 4);
  return frame;
}

/** Visits the complete frames of `bytes[from … end)` and returns where the first incomplete one begins. */
export function visitFrames(bytes: Uint8Array, from: number, end: number, visit: FrameVisitor): number {
  let at = from;
  for (;;) {
    const payload = payloadBounds(bytes, at, end);
    if (payload === undefined) return at;
    visit((bytes[at] as number) & 0x0f, bytes, payload.start, payload.end);
    at = payload.end;
  }
}

function payloadBounds(
  bytes: Uint8Array,
  at: number,
  end: number,
): { start: number; end: number } | undefined {
  if (end - at < 2) return undefined;
  const short = (bytes[at + 1] as number) & 0x7f;
  const headerSize = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (end - at < headerSize) return undefined;
  const size = short < 126 ? short : bigEndian(bytes, short === 126 ? at + 2 : at + 6, at + headerSize);
  const start = at + headerSize;
  return end - start < size ? undefined : { start, end: start + size };
}

function bigEndian(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index++) value = value * 256 + (bytes[index] as number);
  return value;
}

export function payloadText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, start, end - start).toString();
}
