/** Durations in words: in the largest unit that makes a whole number of it. */
export function durationText(ms: number): string {
  // A day is 24 hours to most readers, and "1 day" could be a calendar's.
  const [, length, name] = units.find(([least, unit]) => ms >= least && ms % unit === 0) ?? [0, 1, 'millisecond'];
  const count = ms / length;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** From how much on, how long it is, and its name. */
const units: readonly (readonly [number, number, string])[] = [
  [172_800_000, 86_400_000, 'day'],
  [3_600_000, 3_600_000, 'hour'],
  [60_000, 60_000, 'minute'],
  [1000, 1000, 'second'],
];
