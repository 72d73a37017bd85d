import { constants, inflateRawSync } from "node:zlib";

/** What the sender left off of each message (RFC 7692 §7.2.1). */
const flushTail = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** As a message of its own, which does not end the stream. */
export const inflateMessage = (payload: Buffer): Buffer =>
  inflateRawSync(Buffer.concat([payload, flushTail]), { finishFlush: constants.Z_SYNC_FLUSH });
