import { describe, expect, it } from 'vitest';
import { createIdempotentFetch, IdempotentFetchConfigurationError } from '../../lib/client/index.ts';
import { readClientOptions } from '../../lib/client/options.ts';

describe('the client’s options', () => {
  it('all have defaults', () => {
    expect(readClientOptions({})).toMatchObject({
      deadlineMs: 60_000,
      attemptTimeoutMs: 30_000,
      retentionMs: 86_400_000,
      headerName: 'Idempotency-Key',
    });
    expect(() => createIdempotentFetch()).not.toThrow();
  });

  it('takes undefined for "left out"', () => {
    expect(readClientOptions({ deadlineMs: undefined } as never).deadlineMs).toBe(60_000);
  });

  const storage = { getItem: () => null, setItem: () => {}, removeItem: () => {} };
  it.each([
    ['storage', null],
    ['storage', 'localStorage'],
    ['storage', new Map()],
    ['storage', { ...storage, removeItem: undefined }],
    ['deadlineMs', 0],
    ['deadlineMs', -1],
    ['deadlineMs', 1.5],
    ['deadlineMs', Number.NaN],
    ['deadlineMs', Number.POSITIVE_INFINITY],
    ['deadlineMs', '60000'],
    ['deadlineMs', 86_400_001],
    ['attemptTimeoutMs', 0],
    ['attemptTimeoutMs', null],
    ['expiresInSeconds', 0],
    ['expiresInSeconds', 400_000_000],
    ['headerName', ''],
    ['headerName', 'Idempotency Key'],
    ['headerName', 5],
    ['fetch', 'fetch'],
  ])('refuses %s: %j', (name, value) => {
    expect(() => createIdempotentFetch({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining(`option "${name}" must be `) }),
    );
  });

  it.each(['deadline', 'toString', '__proto__x', 'retries'])('refuses the unknown option %s, and names those there are', name => {
    expect(() => createIdempotentFetch({ [name]: 1 })).toThrow(
      /unknown option ".*"; the options are storage, deadlineMs, attemptTimeoutMs, expiresInSeconds, headerName, fetch$/,
    );
  });

  it.each([null, 'options', 5])('refuses %j for all of them', options => {
    expect(() => createIdempotentFetch(options as never)).toThrow(IdempotentFetchConfigurationError);
  });
});
