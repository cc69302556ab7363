/** What can be sent twice, and is the same both times; what can't, and is refused before anything is stored. */
import { describe, expect, it } from 'vitest';
import { network, startEachTestAfresh, storage, world } from './afresh.ts';

startEachTestAfresh();

const url = () => `${network.url}/files`;

function form(): FormData {
  const data = new FormData();
  data.append('name', 'line one\nline two\r\n--form--');
  data.append('a "quoted"\nname', 'ä');
  data.append('file', new File([Uint8Array.of(0, 13, 10, 255)], 'r\u00e9sum\u00e9 "1".bin', { type: 'application/x-test' }));
  data.append('file', new Blob(['no type']));
  return data;
}

describe('a body', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const bodies: readonly [string, () => never, string | undefined, Buffer][] = [
    ['string', () => 'text ä' as never, 'text/plain;charset=UTF-8', Buffer.from('text ä')],
    ['empty string', () => '' as never, 'text/plain;charset=UTF-8', Buffer.of()],
    [
      'URLSearchParams',
      () => new URLSearchParams({ a: '1 2' }) as never,
      'application/x-www-form-urlencoded;charset=UTF-8',
      Buffer.from('a=1+2'),
    ],
    ['Blob', () => new Blob([bytes], { type: 'image/png' }) as never, 'image/png', Buffer.from(bytes)],
    ['File', () => new File([bytes], 'f') as never, undefined, Buffer.from(bytes)],
    ['ArrayBuffer', () => bytes.buffer as never, undefined, Buffer.from(bytes)],
    ['typed array', () => new Uint16Array(bytes.buffer, 2, 2) as never, undefined, Buffer.of(3, 4, 5, 6)],
    ['DataView', () => new DataView(bytes.buffer, 7) as never, undefined, Buffer.of(8)],
    ['null', () => null as never, undefined, Buffer.of()],
    ['undefined', () => undefined as never, undefined, Buffer.of()],
  ];
  it.each(bodies)('that is %s arrives as fetch sends it, every time', async (_what, body, contentType, expected) => {
    network.inject({ kind: 'lost-after' });
    await world.client()(url(), { method: 'POST', body: body() });
    expect(network.requests).toHaveLength(2);
    for (const request of network.requests) {
      expect(request.body).toEqual(expected);
      expect(request.headers['content-type']).toBe(contentType);
    }
  });

  it('that is a form arrives as its fields and files, in the same bytes every time and after a reload', async () => {
    network.inject({ kind: 'lost-after' }, { kind: 'lost-after' });
    const gone = new AbortController();
    world.onPause = () => network.requests.length === 2 && gone.abort();
    const upload = { method: 'POST', operation: 'upload' } as const;
    await expect(world.client({ storage })(url(), { ...upload, body: form(), signal: gone.signal })).rejects.toThrow();
    await world.client({ storage })(url(), { ...upload, body: form() });
    const [first, ...repeats] = network.requests;
    expect(repeats).toHaveLength(2);
    for (const repeat of repeats)
      expect([repeat.body, repeat.headers['content-type']]).toEqual([first?.body, first?.headers['content-type']]);

    const received = await new Response(new Uint8Array(first?.body ?? []), {
      headers: { 'content-type': first?.headers['content-type'] ?? '' },
    }).formData();
    expect([...received.keys()]).toEqual(['name', 'a "quoted"\r\nname', 'file', 'file']);
    expect(received.get('name')).toBe('line one\r\nline two\r\n--form--');
    const [file, blob] = received.getAll('file') as File[];
    expect([file?.name, file?.type, await file?.bytes()]).toEqual([
      'r\u00e9sum\u00e9 "1".bin',
      'application/x-test',
      Uint8Array.of(0, 13, 10, 255),
    ]);
    expect([blob?.name, blob?.type, await blob?.text()]).toEqual(['blob', 'application/octet-stream', 'no type']);
  });

  it('that is a form with another file is another request', async () => {
    const stuck = { storage, deadlineMs: 1 };
    network.inject({ kind: 'lost-after' });
    await expect(world.client(stuck)(url(), { method: 'POST', body: form(), operation: 'upload' })).rejects.toThrow();
    const other = form();
    other.append('file', new Blob(['one more']));
    const call = world.client({ storage })(url(), { method: 'POST', body: other, operation: 'upload' });
    await expect(call).rejects.toMatchObject({ code: 'operation_changed' });
  });

  it('that changes while it is sent does not change what is sent', async () => {
    const own = new Uint8Array(1);
    const fields = new FormData();
    for (const body of [own, own.buffer, fields]) {
      own.fill(0x41);
      fields.set('word', 'before');
      network.reset();
      network.inject({ kind: 'lost-before' });
      const call = world.client()(url(), { method: 'POST', body });
      own.fill(0x42);
      fields.set('word', 'later');
      await call;
      for (const sent of network.requests) expect(sent.body.toString()).toMatch(body === fields ? /\r\nbefore\r\n/ : /^A$/);
    }
  });
});

describe('a call is refused, and nothing stored or sent, when', () => {
  const post = { method: 'POST' };
  const stream = new ReadableStream();
  const refused: readonly [string, () => [unknown, unknown], RegExp][] = [
    ['its body is a stream', () => [url(), { ...post, body: stream, duplex: 'half' }], /"body" must be a string/],
    ['its body is an iterable', () => [url(), { ...post, body: (async function* () {})() }], /"body" must be/],
    ['its body is a plain object', () => [url(), { ...post, body: { name: 'ACME' } }], /"body" must be/],
    ['its body is a number', () => [url(), { ...post, body: 5 }], /"body" must be/],
    ['its body is shared memory', () => [url(), { ...post, body: new Uint8Array(new SharedArrayBuffer(1)) }], /"body" must be/],
    ['it is a Request', () => [new Request(url(), post), post], /must be a URL/],
    ['it has no URL', () => [undefined, post], /must be a URL/],
    ['it has a URL that is none', () => ['http://', post], /URL/],
    ['it has a URL with a password', () => ['http://user:secret@localhost/', post], /credentials/],
    ['it is a GET', () => [url(), {}], /got GET: other methods need no key; use fetch/],
    ['it is a HEAD', () => [url(), { method: 'head' }], /got HEAD/],
    ['it has no init', () => [url(), undefined], /got GET/],
    ['its init is null', () => [url(), null], /got GET/],
    ['its method is none', () => [url(), { method: 'PO ST' }], /got PO ST/],
    ['it can have no header fields', () => [url(), { ...post, mode: 'no-cors' }], /no-cors/],
    ['it brings a key', () => [url(), { ...post, headers: { 'idempotency-KEY': 'mine' } }], /name the operation/],
    ['it has a bad header field', () => [url(), { ...post, headers: { 'x-a': 'b\r\nc' } }], /./],
    ['it has a signal that is none', () => [url(), { ...post, signal: {} }], /./],
    ['its operation is empty', () => [url(), { ...post, operation: '' }], /"operation" must be/],
    ['its operation is a number', () => [url(), { ...post, operation: 7 }], /"operation" must be/],
    ['its operation is null', () => [url(), { ...post, operation: null }], /"operation" must be/],
  ];
  it.each(refused)('%s', async (_what, call, message) => {
    const [input, init] = call();
    // A name in front, so that only what the row is about is wrong.
    const named = typeof init === 'object' && init !== null ? { operation: 'op', ...init } : init;
    const result = world.client({ storage })(input as never, named as never);
    await expect(result).rejects.toMatchObject({
      name: 'IdempotentFetchConfigurationError',
      code: 'invalid_request',
      message: expect.stringMatching(message),
    });
    expect([storage.items.size, network.requests.length]).toEqual([0, 0]);
  });

  it('forget is called without a name', async () => {
    await expect(world.client({ storage }).forget('')).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(world.client({ storage }).forget(undefined as never)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
