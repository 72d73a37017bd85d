/** What a client puts on the wire, right or wrong (RFC 6455 §5.2). */
interface FrameParts {
  readonly opcode: number;
  readonly payload?: string | Uint8Array;
  /** Default: true. */
  readonly isFinal?: boolean;
  /** RSV1 to RSV3 as three bits: 4 is RSV1. */
  readonly reserved?: number;
  /** Default: true, as clients must. */
  readonly isMasked?: boolean;
  /** The length that the header announces, where it is not the payload's. */
  readonly announced?: bigint;
  /** How many bytes the length takes, where it is not the fewest. */
  readonly lengthBytes?: 0 | 2 | 8;
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

export function encodeFrame(parts: FrameParts): Buffer {
  const { opcode, isFinal = true, reserved = 0, isMasked = true } = parts;
  const payload = Buffer.from(parts.payload ?? "");
  const first = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  const length = encodeLength(parts.announced ?? BigInt(payload.length), isMasked, parts.lengthBytes);
  if (!isMasked) return Buffer.concat([Buffer.from([first]), length, payload]);
  return Buffer.concat([Buffer.from([first]), length, mask, payload.map(masked)]);
}

export const textFrame = (payload: string | Uint8Array): Buffer =>
  encodeFrame({ opcode: opcodes.text, payload });

export const commandFrame = (command: unknown): Buffer => textFrame(JSON.stringify(command));

export function closeFrame(code: number, reason: string | Uint8Array = ""): Buffer {
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
  return encodeFrame({ opcode: opcodes.close, payload });
}

const masked = (byte: number, index: number): number => byte ^ (mask[index & 3] ?? 0);

function encodeLength(length: bigint, isMasked: boolean, forcedBytes?: 0 | 2 | 8): Buffer {
  const maskBit = isMasked ? 0x80 : 0;
  const bytes = forcedBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  if (bytes === 0) return Buffer.from([maskBit | Number(length)]);
  const field = Buffer.alloc(8);
  field.writeBigUInt64BE(length);
  return Buffer.concat([Buffer.from([maskBit | (bytes === 2 ? 126 : 127)]), field.subarray(8 - bytes)]);
}
