/** How large DynamoDB finds an item: by the rules of its developer guide, which count bytes of names and of values. Pure. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** AWS's limit: 400 KB. */
export const largestItem = 400 * 1024;

export function itemSize(item: Readonly<Record<string, AttributeValue>>): number {
  return sum(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueSize(value)));
}

function valueSize({ S, N, B, SS, NS, BS, M, L }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return numberSize(N);
  if (B !== undefined) return B.byteLength;
  if (SS !== undefined) return sum(SS.map(text => Buffer.byteLength(text)));
  if (NS !== undefined) return sum(NS.map(numberSize));
  if (BS !== undefined) return sum(BS.map(bytes => bytes.byteLength));
  // A map or a list has 3 bytes of its own, and 1 for each member.
  if (M !== undefined) return 3 + Object.keys(M).length + itemSize(M);
  if (L !== undefined) return 3 + L.length + sum(L.map(valueSize));
  return 1;
}

/** About a byte for two significant digits, one more for the exponent, and one for a minus sign. */
function numberSize(text: string): number {
  const digits = text.replace(/[eE].*|\D/g, '').replace(/^0+|0+$/g, '');
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
