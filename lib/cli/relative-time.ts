/** How far off an instant is, in its two largest units: "in 23 h 18 min", "4 s ago". */
import type { EpochMs } from '../protocol/record.ts';

export function relativeTime(at: EpochMs, now: EpochMs): string {
  const distance = inUnits(Math.abs(at - now));
  if (distance === '') return 'now';
  return at > now ? `in ${distance}` : `${distance} ago`;
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

function inUnits(ms: number): string {
  const largest = units.findIndex(([, length]) => ms >= length);
  if (largest === -1) return '';
  let rest = ms;
  const parts: string[] = [];
  for (const [name, length] of units.slice(largest, largest + 2)) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.join(' ');
}
