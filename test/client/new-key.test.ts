import { afterEach, describe, expect, it, vi } from 'vitest';
import { newKey } from '../../lib/client/new-key.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a new key', () => {
  it('is a UUID also where there is no crypto.randomUUID', () => {
    vi.stubGlobal('crypto', { getRandomValues: (array: Uint8Array) => array.fill(255) });
    expect(newKey()).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff');
    vi.stubGlobal('crypto', { getRandomValues: (array: Uint8Array) => array.map((_, index) => index) });
    expect(newKey()).toBe('00010203-0405-4607-8809-0a0b0c0d0e0f');
  });

  it('is another one every time', () => {
    const { getRandomValues } = crypto;
    vi.stubGlobal('crypto', { getRandomValues: getRandomValues.bind(crypto) });
    expect(new Set(Array.from({ length: 1_000 }, newKey)).size).toBe(1_000);
  });
});
