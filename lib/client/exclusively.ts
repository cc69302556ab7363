/** One at a time under a name: what reads and then writes a key must not meet another tab, or another call, in between. */

/** As much of the Web Locks API as is used here. */
interface Locks {
  request<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/**
 * Across the tabs of an origin where there are Web Locks; else (older Node.js, pages not loaded over HTTPS) among the calls of
 * this program.
 */
export function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  // The types of Node.js 24 don't have its `navigator.locks`, and those of older ones have none to have.
  const { navigator } = globalThis as { navigator?: { locks?: Locks } };
  return navigator?.locks ? navigator.locks.request(name, work) : inTurn(name, work);
}

const lastInLine = new Map<string, Promise<unknown>>();

export async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const mine = (lastInLine.get(name) ?? Promise.resolve()).then(work);
  const settled = mine.catch(() => {});
  lastInLine.set(name, settled);
  try {
    return await mine;
  } finally {
    if (lastInLine.get(name) === settled) lastInLine.delete(name);
  }
}
