import { constants, inflateRawSync } from "node:zlib";

/** A frame as a server sends it: never masked, and ours never fragments. */
export interface ServerFrame {
  readonly opcode: number;
  readonly isCompressed: boolean;
  /** Inflated where it was compressed. */
  readonly payload: Buffer;
  /** What the payload took on the wire. */
  readonly wireBytes: number;
}

const rsv1 = 0x40;

/** Takes a server's bytes as they come and gives its frames. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  *read(bytes: Buffer): Generator<ServerFrame> {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    for (let bounds = this.#bounds(); bounds !== null; bounds = this.#bounds()) {
      const first = this.#pending.readUInt8(0);
      const payload = this.#pending.subarray(bounds.start, bounds.end);
      this.#pending = this.#pending.subarray(bounds.end);
      const isCompressed = (first & rsv1) !== 0;
      const wireBytes = payload.length;
      yield {
        opcode: first & 0x0f,
        isCompressed,
        payload: isCompressed ? inflate(payload) : payload,
        wireBytes,
      };
    }
  }

  /** Where the payload of the first frame is; null while it is incomplete. */
  #bounds(): { start: number; end: number } | null {
    const bytes = this.#pending;
    if (bytes.length < 2) return null;
    const short = bytes.readUInt8(1) & 0x7f;
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < start) return null;
    const size =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    return bytes.length < start + size ? null : { start, end: start + size };
  }
}

/** What the sender left off of each message (RFC 7692 §7.2.1). */
const flushTail = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** As a message of its own, which does not end the stream. */
const inflate = (payload: Buffer): Buffer =>
  inflateRawSync(Buffer.concat([payload, flushTail]), { finishFlush: constants.Z_SYNC_FLUSH });
