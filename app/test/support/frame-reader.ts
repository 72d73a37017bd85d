import { inflateMessage } from "./inflate-message.ts";
import { type WireFrame, WireFrames } from "./wire-frames.ts";

/** A frame as a server sends it: never masked, and ours never fragments. */
export interface ServerFrame {
  readonly opcode: number;
  readonly isCompressed: boolean;
  /** Inflated where it was compressed. */
  readonly payload: Buffer;
  /** What the payload took on the wire. */
  readonly wireBytes: number;
}

/** Takes a server's bytes as they come and gives its frames. */
export class FrameReader {
  readonly #frames = new WireFrames();

  *read(bytes: Buffer): Generator<ServerFrame> {
    for (const frame of this.#frames.read(bytes)) yield describe(frame);
  }
}

const describe = ({ opcode, isCompressed, payload }: WireFrame): ServerFrame => ({
  opcode,
  isCompressed,
  payload: isCompressed ? inflateMessage(payload) : payload,
  wireBytes: payload.length,
});
