/** Compiled twice: with Node's types like everything here, and with a page's (`tsconfig.dom.json`). */
import { createIdempotentFetch, type IdempotentResult, type KeyStorage } from '../../lib/client/index.ts';

export const storages: readonly KeyStorage[] = [
  localStorage,
  sessionStorage,
  { getItem: async () => null, setItem: async () => {}, removeItem: async () => true },
];

export async function calls(fields: FormData, signal: AbortSignal): Promise<IdempotentResult[]> {
  const idempotentFetch = createIdempotentFetch({ storage: localStorage, fetch });
  await idempotentFetch.forget('upload');
  // @ts-expect-error a stream can't be sent twice
  await idempotentFetch('/files', { method: 'POST', body: new ReadableStream() });
  // @ts-expect-error a GET needs no key
  await idempotentFetch('/files', { method: 'GET' });
  // @ts-expect-error the header would get lost
  await idempotentFetch('/files', { method: 'POST', mode: 'no-cors' });
  return [
    await idempotentFetch('/files', { method: 'POST', body: fields, operation: 'upload', credentials: 'include', signal }),
    await idempotentFetch(new URL('https://api.example/files'), { method: 'PUT', body: new Uint8Array(3), keepalive: true }),
    await idempotentFetch('/files/1', { method: 'DELETE', headers: [['x-api-key', 'mine']] }),
  ];
}
