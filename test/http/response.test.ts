import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { classifyResult, replayOf } from '../../lib/http/response.ts';

const success = (result: unknown, dialect: 'rest' | 'http-api' | 'alb' = 'rest') => {
  const classified = classifyResult(result, dialect);
  if (classified.kind !== 'success') throw new Error(`not a success but ${JSON.stringify(classified)}`);
  return classified.response;
};

describe('classifyResult', () => {
  it('keeps status, status description, headers and body as they are', () => {
    const result = {
      statusCode: 201,
      statusDescription: '201 Created',
      headers: { 'Content-Type': 'text/plain', 'X-Count': 3, 'X-Flag': true },
      multiValueHeaders: { Link: ['</a>', '</b>'] },
      body: 'Zoë ☕',
      isBase64Encoded: false,
    };
    const { isBase64Encoded: _, ...kept } = result;
    expect(success(result)).toEqual(kept);
  });

  it('keeps the base64 flag of a binary body', () => {
    expect(success({ statusCode: 200, body: 'AAEC', isBase64Encoded: true })).toEqual({
      statusCode: 200,
      body: 'AAEC',
      isBase64Encoded: true,
    });
  });

  it('tells an absent body from an empty one', () => {
    expect(success({ statusCode: 204 })).toEqual({ statusCode: 204 });
    expect(success({ statusCode: 204, body: '' })).toEqual({ statusCode: 204, body: '' });
    expect(success({ statusCode: 204, body: null })).toEqual({ statusCode: 204 });
  });

  it('shares nothing with the result', () => {
    const result = { statusCode: 200, headers: { a: '1' }, multiValueHeaders: { b: ['2'] } };
    const kept = success(result);
    result.headers.a = 'changed';
    result.multiValueHeaders.b.push('changed');
    expect(kept).toEqual({ statusCode: 200, headers: { a: '1' }, multiValueHeaders: { b: ['2'] } });
  });

  it.each([200, 201, 204, 299, '201'])('takes %j for a success', statusCode => {
    expect(success({ statusCode })).toEqual({ statusCode: Number(statusCode) });
  });

  it.each([100, 199, 300, 304, 400, 500, '500', '2', '20x', ' 201', '0201', '201 ', '200.0', 200.5, Number.NaN, null, {}])(
    'takes status %j for a failure',
    statusCode => {
      expect(classifyResult({ statusCode }, 'rest')).toEqual({ kind: 'failure' });
      expect(classifyResult({ statusCode }, 'http-api')).toEqual({ kind: 'failure' });
    },
  );

  it('takes a list of one status for a failure', () => {
    expect(classifyResult({ statusCode: ['201'] }, 'rest')).toEqual({ kind: 'failure' });
  });

  it.each([undefined, null, 'text', 42, { id: 1 }, [], { body: 'x' }])(
    'takes %j without a status for no answer outside payload 2.0',
    result => {
      expect(classifyResult(result, 'rest')).toEqual({ kind: 'failure' });
      expect(classifyResult(result, 'alb')).toEqual({ kind: 'failure' });
    },
  );

  it.each([
    ['an object', { id: 1 }, '{"id":1}'],
    ['an object with a body but no status', { body: 'x' }, '{"body":"x"}'],
    ['a list', [1, 2], '[1,2]'],
    ['a string, which is the body as it is', 'hello', 'hello'],
    ['a number', 42, '42'],
    ['null', null, 'null'],
    ['nothing', undefined, 'null'],
  ])('takes %s without a status for a 200 in payload 2.0', (_what, result, body) => {
    expect(success(result, 'http-api')).toEqual({ statusCode: 200, headers: { 'content-type': 'application/json' }, body });
  });

  it.each([
    ['an Error', new Error('returned, not thrown')],
    ['a Map', new Map([['id', 1]])],
    ['a Response', new Response('x')],
    ['a Date', new Date(0)],
    ['a Buffer', Buffer.from('x')],
    ['an instance of a class', new (class Contact {})()],
    ['an instance that has a JSON form of its own', new URL('https://api.example')],
    ['what inherits from an object', Object.create({ id: 1 })],
  ])('can not keep %s, which is not plain data, in payload 2.0', (_what, result) => {
    expect(classifyResult(result, 'http-api')).toEqual({ kind: 'unstorable', reason: 'the response is not plain data' });
    expect(classifyResult(result, 'rest')).toEqual({ kind: 'failure' });
  });

  it('takes plain data for data wherever they were made, and what is in them as JSON has it', () => {
    expect(success(runInNewContext('({ id: 1 })'), 'http-api').body).toBe('{"id":1}');
    expect(success(runInNewContext('[1]'), 'http-api').body).toBe('[1]');
    expect(success(Object.assign(Object.create(null), { id: 1 }), 'http-api').body).toBe('{"id":1}');
    expect(success({ at: new Date(0), toJSON: undefined }, 'http-api').body).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
  });

  it.each([
    ['statusCode', 'the response can not be read'],
    ['headers', 'the response can not be read'],
    ['body', 'the response can not be read'],
  ])('can not keep a response whose member %s throws', (name, reason) => {
    const result = Object.defineProperty({ statusCode: 200 }, name, {
      get: () => {
        throw new Error('secret');
      },
    });
    expect(classifyResult(result, 'rest')).toEqual({ kind: 'unstorable', reason });
    expect(classifyResult(result, 'http-api')).toEqual({ kind: 'unstorable', reason });
  });

  it.each([
    ['a function', () => {}],
    ['a bigint', 1n],
    ['a symbol', Symbol('x')],
  ])('takes %s for no answer, even in payload 2.0', (_what, result) => {
    expect(classifyResult(result, 'http-api')).toEqual({ kind: 'failure' });
  });

  it.each([
    ['a bare stream', Readable.from(['x']), 'the response is a stream'],
    ['a bare web stream', new ReadableStream(), 'the response is a stream'],
    ['what pipes', { pipe: () => {} }, 'the response is a stream'],
    ['what gives a reader', { getReader: () => {} }, 'the response is a stream'],
    ['what is iterated asynchronously', { [Symbol.asyncIterator]: () => {} }, 'the response is a stream'],
    ['a streamed body', { statusCode: 200, body: Readable.from(['x']) }, 'the response body is a stream'],
    ['a body that is not a string', { statusCode: 200, body: { id: 1 } }, 'the response body is not a string'],
    ['a header that JSON has no form for', { statusCode: 200, headers: { a: 1n } }, 'the response headers are not plain data'],
  ])('can not keep %s, and says why', (_what, result, reason) => {
    expect(classifyResult(result, 'http-api')).toEqual({ kind: 'unstorable', reason });
    expect(classifyResult(result, 'rest')).toEqual({ kind: 'unstorable', reason });
  });

  it('takes data with the names of a stream for data', () => {
    expect(success({ pipe: 'x', getReader: 1 }, 'http-api').body).toBe('{"pipe":"x","getReader":1}');
  });

  it('takes a failure with a streamed body for a failure', () => {
    expect(classifyResult({ statusCode: 500, body: Readable.from(['x']) }, 'rest')).toEqual({ kind: 'failure' });
  });

  it('leaves out cookies, in every place they can stand', () => {
    const result = {
      statusCode: 200,
      headers: { 'Set-Cookie': 'a=1', 'X-A': '1' },
      multiValueHeaders: { 'set-cookie': ['b=2'] },
      cookies: ['c=3'],
    };
    expect(success(result, 'http-api')).toEqual({ statusCode: 200, headers: { 'X-A': '1' }, multiValueHeaders: {} });
  });

  it('leaves out hop-by-hop fields, and those that Connection names', () => {
    const headers = {
      Connection: 'close, X-Hop',
      'x-hop': '1',
      'Keep-Alive': 'timeout=5',
      'Transfer-Encoding': 'chunked',
      TE: 'trailers',
      Upgrade: 'h2c',
      'X-End': '1',
    };
    expect(success({ statusCode: 200, headers, multiValueHeaders: { connection: ['x-other'], 'X-Other': ['1'] } })).toEqual({
      statusCode: 200,
      headers: { 'X-End': '1' },
      multiValueHeaders: {},
    });
  });

  it.each([
    'Connection',
    'Keep-Alive',
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
  ])('leaves out %s', name => {
    expect(success({ statusCode: 200, headers: { [name]: 'x', 'X-End': '1' } }).headers).toEqual({ 'X-End': '1' });
  });

  it('takes no other field for a list of names, and no other value than text', () => {
    expect(success({ statusCode: 200, headers: { 'X-List': 'X-End', 'X-End': '1', Connection: 5 } }).headers).toEqual({
      'X-List': 'X-End',
      'X-End': '1',
    });
  });

  it('leaves out a marker of its own', () => {
    expect(success({ statusCode: 200, headers: { 'idempotent-replayed': 'true' } })).toEqual({ statusCode: 200, headers: {} });
  });

  it('keeps header names that are names of object members', () => {
    const headers = JSON.parse('{"__proto__":"1","constructor":"2","toString":"3"}');
    expect(Object.entries(success({ statusCode: 200, headers }).headers ?? {})).toEqual(Object.entries(headers));
  });
});

describe('replayOf', () => {
  const stored = { statusCode: 201, statusDescription: '201 Created', headers: { a: '1' }, multiValueHeaders: { b: ['2'] }, body: 'x' };

  it('adds the marker to the headers', () => {
    expect(replayOf(stored, false)).toEqual({ ...stored, headers: { a: '1', 'Idempotent-Replayed': 'true' } });
  });

  it('adds it to the multi-value headers where only those are read', () => {
    expect(replayOf(stored, true)).toEqual({ ...stored, multiValueHeaders: { b: ['2'], 'Idempotent-Replayed': ['true'] } });
  });

  it('adds it to a response without headers', () => {
    expect(replayOf({ statusCode: 204 }, false)).toEqual({ statusCode: 204, headers: { 'Idempotent-Replayed': 'true' } });
  });

  it('leaves the stored response alone', () => {
    replayOf(stored, false);
    expect(stored.headers).toEqual({ a: '1' });
  });
});
