/**
 * FNV-1a, 64 bits, in hexadecimal. It notices that a request is another one, by mistake; it needn't withstand anybody who
 * means harm, who could as well write to the storage. `crypto.subtle` would: but pages not loaded over HTTPS have none.
 */
export function checksum(bytes: Uint8Array): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const byte of bytes) {
    low = (low ^ byte) >>> 0;
    // Times the prime, 2^40 + 0x1b3: no product of a half reaches 2^53, where numbers stop being exact.
    const product = low * 0x1b3;
    high = (high * 0x1b3 + Math.floor(product / 2 ** 32) + ((low << 8) >>> 0)) >>> 0;
    low = product >>> 0;
  }
  return [high, low].map(half => half.toString(16).padStart(8, '0')).join('');
}
