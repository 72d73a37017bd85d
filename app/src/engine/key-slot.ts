/** Of a cluster. */
export const slotCount = 16_384;

/** CRC-16/XMODEM (polynomial 0x1021), byte by byte. */
const remainders = Uint16Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) remainder = (remainder << 1) ^ (remainder & 0x8000 ? 0x1021 : 0);
  return remainder;
});

/** Where a cluster keeps a key: by what stands between the first `{` and the next `}`, if anything does. */
export function slotOfKey(key: string): number {
  let crc = 0;
  for (const byte of Buffer.from(tagOf(key)))
    crc = ((crc << 8) & 0xffff) ^ (remainders[(crc >> 8) ^ byte] ?? 0);
  return crc % slotCount;
}

function tagOf(key: string): string {
  const start = key.indexOf("{");
  const end = start < 0 ? -1 : key.indexOf("}", start);
  return end > start + 1 ? key.slice(start + 1, end) : key;
}
