/** The server with handlers of the test's own: what they are given, and what becomes of what they return. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { apiKeys } from '../../../bin/local/api-keys.ts';
import type { LambdaHandler } from '../../../bin/local/lambda.ts';
import { apiServer } from '../../../bin/local/server.ts';

const apiKey = apiKeys[0]?.value ?? '';
const contacts = '/api/v1/developers/contacts';

let server: Server | undefined;
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

/** Resolves to the server's address; `handler` answers every route that has a test. */
async function serve(handler: LambdaHandler, limitMs?: number): Promise<URL> {
  const names = ['create-contact', 'list-contacts', 'get-contact'];
  server = apiServer(new Map(names.map(name => [name, handler])), limitMs).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return new URL(`http://127.0.0.1:${address.port}`);
}

async function answerTo(handler: LambdaHandler, limitMs?: number): Promise<Response> {
  const url = await serve(handler, limitMs);
  return fetch(new URL(contacts, url), { headers: { 'x-api-key': apiKey } });
}

/** The event that a handler gets for these bytes, and its context. */
async function invocationFor(request: string): Promise<{ event: APIGatewayProxyEvent; context: Context }> {
  const invoked = Promise.withResolvers<{ event: APIGatewayProxyEvent; context: Context }>();
  const url = await serve(async (event, context) => {
    invoked.resolve({ event, context });
    return { statusCode: 204 };
  });
  const socket = connect(Number(url.port), url.hostname);
  socket.end(Buffer.from(request, 'latin1'));
  await once(socket.resume(), 'close');
  return invoked.promise;
}

describe('the event', () => {
  it('is that of a REST API, field by field', async () => {
    const body = '{"name":"ACME"}';
    const { event } = await invocationFor(
      `POST ${contacts}?tag=a%20b&tag=c&empty= HTTP/1.1\r\nHost: localhost\r\nUser-Agent: test\r\nX-Api-Key: ${apiKey}\r\n` +
        `Accept: a\r\naccept: b\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
    expect(event).toEqual({
      resource: contacts,
      path: contacts,
      httpMethod: 'POST',
      headers: expect.objectContaining({ 'X-Api-Key': apiKey, Accept: 'b', Host: 'localhost', 'X-Forwarded-For': '127.0.0.1' }),
      multiValueHeaders: expect.objectContaining({ 'X-Api-Key': [apiKey], Accept: ['a', 'b'], 'X-Forwarded-Proto': ['http'] }),
      queryStringParameters: { tag: 'c', empty: '' },
      multiValueQueryStringParameters: { tag: ['a b', 'c'], empty: [''] },
      pathParameters: null,
      stageVariables: null,
      requestContext: expect.objectContaining({
        accountId: '123456789012',
        httpMethod: 'POST',
        path: `/prod${contacts}`,
        protocol: 'HTTP/1.1',
        resourcePath: contacts,
        stage: 'prod',
        requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        requestTimeEpoch: expect.any(Number),
        identity: expect.objectContaining({ apiKey, apiKeyId: apiKeys[0]?.id, sourceIp: '127.0.0.1', userAgent: 'test' }),
      }),
      body,
      isBase64Encoded: false,
    });
    expect(event.headers).not.toHaveProperty('accept');
  });

  it('has the path as it was sent, and its parameters undecoded', async () => {
    const { event } = await invocationFor(
      `GET ${contacts}/a%2Fb%zz HTTP/1.1\r\nHost: x\r\nx-api-key: ${apiKey}\r\nConnection: close\r\n\r\n`,
    );
    expect(event).toMatchObject({
      resource: `${contacts}/{contactId}`,
      path: `${contacts}/a%2Fb%zz`,
      pathParameters: { contactId: 'a%2Fb%zz' },
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      body: null,
      isBase64Encoded: false,
    });
  });

  it('has a body that is no text in base64', async () => {
    const { event } = await invocationFor(
      `POST ${contacts} HTTP/1.1\r\nHost: x\r\nx-api-key: ${apiKey}\r\nContent-Length: 3\r\nConnection: close\r\n\r\n\xff\x00\x01`,
    );
    expect(event).toMatchObject({ body: '/wAB', isBase64Encoded: true });
  });
});

describe('the context', () => {
  it('counts down from what a deployed function has', async () => {
    const { context } = await invocationFor(`GET ${contacts} HTTP/1.1\r\nHost: x\r\nx-api-key: ${apiKey}\r\nConnection: close\r\n\r\n`);
    const remaining = context.getRemainingTimeInMillis();
    expect(remaining).toBeGreaterThan(5_000);
    expect(remaining).toBeLessThanOrEqual(10_000);
    await vi.waitFor(() => expect(context.getRemainingTimeInMillis()).toBeLessThan(remaining), { interval: 1 });
    expect(context).toMatchObject({ functionName: 'list-contacts', memoryLimitInMB: '512', awsRequestId: expect.any(String) });
  });
});

describe('an event', () => {
  it('over 6 MB goes to no handler: Lambda would not take it', async () => {
    const handler = vi.fn(async () => ({ statusCode: 204 }));
    const url = await serve(handler);
    // Under the limit as it is, and over it as a string in JSON.
    const send = (body: string) => fetch(new URL(contacts, url), { method: 'POST', headers: { 'x-api-key': apiKey }, body });
    const response = await send('"'.repeat(3 * 1024 * 1024));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { type: 'body_too_large' } });
    expect(handler).not.toHaveBeenCalled();
    expect(await send('x'.repeat(3 * 1024 * 1024))).toMatchObject({ status: 204 });
  });
});

describe('a response', () => {
  it('goes to the client with its status, headers and body', async () => {
    const response = await answerTo(async () => ({
      statusCode: '201',
      headers: { 'X-One': 'a', 'x-number': 1, 'x-both': 'lost', 'content-length': '5000', connection: 'upgrade' },
      multiValueHeaders: { 'x-two': ['a', 'b'], 'X-Both': ['kept'], 'set-cookie': ['c=1', 'd=2'] },
      body: 'text',
    }));
    expect(response.status).toBe(201);
    expect(await response.text()).toBe('text');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-one': 'a',
      'x-number': '1',
      'x-two': 'a, b',
      'x-both': 'kept',
      'content-length': '4',
      'content-type': 'application/json',
    });
    expect(response.headers.getSetCookie()).toEqual(['c=1', 'd=2']);
  });

  it('is decoded when it says that it is in base64', async () => {
    const response = await answerTo(async () => ({ statusCode: 200, body: '/wAB', isBase64Encoded: true }));
    expect([...(await response.bytes())]).toEqual([0xff, 0, 1]);
  });

  it.each([
    ['nothing', undefined],
    ['a string', '{"statusCode":200}'],
    ['no statusCode', { body: '' }],
    ['a statusCode that is none', { statusCode: 'ok', body: '' }],
    ['a statusCode of 101', { statusCode: 101, body: '' }],
    ['a body that is no string', { statusCode: 200, body: { name: 'ACME' } }],
    ['a header that is no text', { statusCode: 200, headers: { x: { y: 1 } }, body: '' }],
    ['a header that can not be sent', { statusCode: 200, headers: { x: 'a\r\nb: c' }, body: '' }],
    ['a header name that can not be sent', { statusCode: 200, headers: { 'x y': 'a' }, body: '' }],
    ['more than 6 MB', { statusCode: 200, body: 'x'.repeat(6 * 1024 * 1024) }],
  ])('is a 502 when it is %s', async (_what, result) => {
    const response = await answerTo(async () => result);
    expect(response.status).toBe(502);
    expect(response.headers.get('x-amzn-errortype')).toBe('InternalServerErrorException');
    expect(await response.json()).toMatchObject({ error: { type: 'internal_error', message: 'Something went wrong.' } });
  });

  it('is a 502 when it refers to itself', async () => {
    const circular: Record<string, unknown> = { statusCode: 200, body: '' };
    circular.self = circular;
    expect(await answerTo(async () => circular)).toMatchObject({ status: 502 });
  });
});

describe('a handler', () => {
  it('that throws is a 502 that gives nothing away', async () => {
    const response = await answerTo(() => {
      throw new Error('secret');
    });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { type: 'internal_error', message: 'Something went wrong.' } });
  });

  it('that takes longer than a function may is a 502, and runs on', async () => {
    const finish = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    const response = await answerTo(async (_event, context) => {
      await finish.promise;
      ended.resolve(`with ${context.getRemainingTimeInMillis()} ms left`);
      return { statusCode: 200, body: '' };
    }, 20);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { type: 'internal_error', message: 'Something went wrong.' } });
    finish.resolve();
    expect(await ended.promise).toBe('with 0 ms left');
  });

  it('outlives the client that called it', async () => {
    const started = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<boolean>();
    const url = await serve(async () => {
      started.resolve();
      await left.promise;
      ended.resolve(true);
      return { statusCode: 200, body: 'for nobody' };
    });
    const client = new AbortController();
    const answer = fetch(new URL(contacts, url), { headers: { 'x-api-key': apiKey }, signal: client.signal });
    await started.promise;
    client.abort();
    await expect(answer).rejects.toThrow();
    left.resolve();
    expect(await ended.promise).toBe(true);
    const next = await fetch(new URL('/', url));
    expect(next.status).toBe(404);
  });
});
