import { Readable } from 'node:stream';
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

  it.each([100, 199, 300, 304, 400, 500, '500', '2', '20x', 200.5, Number.NaN, null, {}])('takes status %j for a failure', statusCode => {
    expect(classifyResult({ statusCode }, 'rest')).toEqual({ kind: 'failure' });
    expect(classifyResult({ statusCode }, 'http-api')).toEqual({ kind: 'failure' });
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
    ['a function', () => {}],
    ['a bigint', 1n],
    ['a symbol', Symbol('x')],
  ])('takes %s for no answer, even in payload 2.0', (_what, result) => {
    expect(classifyResult(result, 'http-api')).toEqual({ kind: 'failure' });
  });

  it.each([
    ['a bare stream', Readable.from(['x'])],
    ['a bare web stream', new ReadableStream()],
    ['a streamed body', { statusCode: 200, body: Readable.from(['x']) }],
    ['a body that is not a string', { statusCode: 200, body: { id: 1 } }],
    ['a header that JSON has no form for', { statusCode: 200, headers: { a: 1n } }],
  ])('can not keep %s', (_what, result) => {
    expect(classifyResult(result, 'http-api')).toEqual({ kind: 'unstorable', reason: expect.any(String) });
    expect(classifyResult(result, 'rest')).toEqual({ kind: 'unstorable', reason: expect.any(String) });
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
