/** Pure: how long to wait before the next attempt. */

/** The longest pause after the first attempt, in milliseconds; it doubles with every further one. */
const firstPauseMs = 250;

/** It doubles no further than this. */
const longestPauseMs = 10_000;

/**
 * Exponential backoff with full jitter: anything from nothing to the longest pause, so that clients which failed together don't
 * return together. What `Retry-After` asks for comes on top: never sooner, and spread as well.
 */
export function retryDelayMs(attempts: number, random: number, retryAfterMs: number): number {
  return retryAfterMs + random * Math.min(longestPauseMs, firstPauseMs * 2 ** (attempts - 1));
}

/** RFC 9110, section 10.2.3: seconds, or a date. 0 when there is neither, or the date is past. */
export function retryAfterMs(field: string | null, now: number): number {
  if (field === null) return 0;
  if (/^\d+$/.test(field)) return Number(field) * 1000;
  // `Date.parse` reads much more than HTTP's dates, "-5" among it. Those all begin with a day's name.
  const at = /^[A-Z][a-z]+,? /.test(field) ? Date.parse(field) : Number.NaN;
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}
