/** A WebSocket frame of either side (RFC 6455 §5.2). */
export interface WireFrame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly isCompressed: boolean;
  /** Header and all, as it came. */
  readonly bytes: Buffer;
  /** Without the mask, if it had one. */
  readonly payload: Buffer;
}

interface Bounds {
  readonly start: number;
  readonly end: number;
}

const rsv1 = 0x40;
const maskBytes = 4;

/** Takes the bytes of one direction as they come and gives its frames, each once it is whole. */
export class WireFrames {
  #pending: Buffer = Buffer.alloc(0);

  /** How many bytes of an incomplete frame are here. */
  get pendingBytes(): number {
    return this.#pending.length;
  }

  *read(bytes: Buffer): Generator<WireFrame> {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    for (let bounds = boundsOf(this.#pending); bounds !== null; bounds = boundsOf(this.#pending)) {
      const frame = this.#pending.subarray(0, bounds.end);
      this.#pending = this.#pending.subarray(bounds.end);
      yield describe(frame, bounds);
    }
  }
}

/** Where the payload of the first frame is; null while it is incomplete. */
function boundsOf(bytes: Buffer): Bounds | null {
  if (bytes.length < 2) return null;
  const second = bytes.readUInt8(1);
  const short = second & 0x7f;
  const lengthEnd = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < lengthEnd) return null;
  const size = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const start = lengthEnd + (isMasked(bytes) ? maskBytes : 0);
  return bytes.length < start + size ? null : { start, end: start + size };
}

function describe(bytes: Buffer, { start, end }: Bounds): WireFrame {
  const first = bytes.readUInt8(0);
  const payload = bytes.subarray(start, end);
  return {
    opcode: first & 0x0f,
    isFinal: (first & 0x80) !== 0,
    isCompressed: (first & rsv1) !== 0,
    bytes,
    payload: isMasked(bytes) ? unmask(payload, bytes.subarray(start - maskBytes, start)) : payload,
  };
}

const isMasked = (frame: Buffer): boolean => (frame.readUInt8(1) & 0x80) !== 0;

const unmask = (payload: Buffer, mask: Buffer): Buffer =>
  Buffer.from(payload.map((byte, index) => byte ^ (mask[index & 3] ?? 0)));
