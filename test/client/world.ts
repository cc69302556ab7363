/** A client whose time is the test's. */
import type { Environment } from '../../lib/client/environment.ts';
import { type IdempotentFetch, idempotentFetchIn } from '../../lib/client/idempotent-fetch.ts';
import type { KeyStorage } from '../../lib/client/key-storage.ts';
import { type IdempotentFetchOptions, readClientOptions } from '../../lib/client/options.ts';

/** 2026-11-24T09:30:00Z */
export const startOfTime = Date.UTC(2026, 10, 24, 9, 30);

export class World implements Environment {
  time = startOfTime;
  /** Every pause, in milliseconds; a pause takes no time but the world's own. */
  readonly pauses: number[] = [];
  /** Every timeout that was set, to be let run out by the test. */
  readonly timeouts: { readonly ms: number; runOut(): void }[] = [];
  chance = 0.5;
  onPause = () => {};

  client(options: IdempotentFetchOptions = {}): IdempotentFetch {
    return idempotentFetchIn(this, readClientOptions(options));
  }

  now(): number {
    return this.time;
  }

  random(): number {
    return this.chance;
  }

  async sleep(ms: number): Promise<void> {
    this.pauses.push(ms);
    this.time += ms;
    this.onPause();
  }

  timeout(ms: number): AbortSignal {
    const controller = new AbortController();
    const runOut = () => controller.abort(new DOMException('the time is up', 'TimeoutError'));
    this.timeouts.push({ ms, runOut });
    return controller.signal;
  }

  /** Of the timeouts of `ms`, the one set last. */
  runOut(ms: number): void {
    this.timeouts.findLast(timeout => timeout.ms === ms)?.runOut();
  }
}

/** Like `localStorage`, with its items in the open. */
export function testStorage(): KeyStorage & { readonly items: Map<string, string> } {
  const items = new Map<string, string>();
  return {
    items,
    getItem: name => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: name => void items.delete(name),
  };
}

export function onlyItem(storage: { readonly items: Map<string, string> }): { key: string; request: string; startedAt: number } {
  const [text] = storage.items.values();
  return JSON.parse(text ?? 'null');
}
