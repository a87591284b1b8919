const SLOTS = 16_384;
/** Of CRC-16/XMODEM. */
const POLYNOMIAL = 0x10_21;

/**
 * Which slot of a Redis Cluster a key lies in: by what is between its first braces, if there is anything.
 *
 * @see the specification of Redis Cluster, "Key distribution model" and "Hash tags"
 */
export function keySlot(key: string): number {
  const from = key.indexOf("{") + 1;
  const to = from === 0 ? -1 : key.indexOf("}", from);
  let crc = 0;
  for (const byte of new TextEncoder().encode(to > from ? key.slice(from, to) : key)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ ((crc & 0x80_00) === 0 ? 0 : POLYNOMIAL);
    crc &= 0xff_ff;
  }
  return crc % SLOTS;
}
