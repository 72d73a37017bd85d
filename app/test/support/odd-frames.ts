import { constants, deflateRawSync } from "node:zlib";
import { encodeFrame, opcodes } from "./encode-frame.ts";

/** Frames that few clients send, some of which nobody may. */

type Payload = string | Uint8Array;

export const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

export const fragment = (payload: Payload): Buffer =>
  encodeFrame({ opcode: opcodes.text, payload, isFinal: false });

export const middle = (payload: Payload): Buffer =>
  encodeFrame({ opcode: opcodes.continuation, payload, isFinal: false });

export const end = (payload: Payload): Buffer => encodeFrame({ opcode: opcodes.continuation, payload });

/** Only the header of a text frame: what it announces never comes. */
export const announcement = (announced: bigint): Buffer => encodeFrame({ opcode: opcodes.text, announced });

/** The headers of a handshake that asks for compression. */
export const offersDeflate = { "sec-websocket-extensions": "permessage-deflate" };

/** A frame that says it is compressed. */
export const compressedFrame = (payload: Uint8Array): Buffer =>
  encodeFrame({ opcode: opcodes.text, payload, reserved: 4 });

/** As RFC 7692 §7.2.1 wants it: flushed, without the last four bytes. */
export const deflate = (payload: Payload): Buffer =>
  deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
