import { setFlagsFromString } from 'node:v8';
import { DynamoDBClient, type DynamoDBClientConfig, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { leanChanges, leanClient } from '../../lib/store/lean-client.ts';

type Handler = Extract<NonNullable<DynamoDBClientConfig['requestHandler']>, { handle: unknown }>;
type Request = Parameters<Handler['handle']>[0];

const region = 'eu-central-1';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'token' };
const get = () => new GetItemCommand({ TableName: 'table', Key: { id: { S: 'é' } } });
const unhurried = () => ({ abortSignal: new AbortController().signal });

/** A network that does as it is told. */
function networkOf(handle: (request: Request, signal: AbortSignal) => Promise<object>): Handler {
  const handler = {
    handle: async (request: Request, options: { readonly abortSignal: AbortSignal }) => {
      const body = Buffer.from(JSON.stringify(await handle(request, options.abortSignal)));
      const response = { statusCode: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body };
      return { response: response as never };
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };
  // The type of its options knows other kinds of signals too.
  return handler as Handler;
}

function recording() {
  const requests: Request[] = [];
  const requestHandler = networkOf(async request => {
    requests.push(request);
    return {};
  });
  return { requests, requestHandler };
}

/** As the SDK's own signer, which shares nothing with the library's client, makes it. */
async function signatureOf(request: Request, signedBy: typeof credentials): Promise<string | undefined> {
  const signer = await new DynamoDBClient({ region, credentials: signedBy }).config.signer();
  const { authorization: _, ...headers } = request.headers;
  const signedAt = String(headers['x-amz-date']).replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5');
  const again = Object.assign(Object.create(Object.getPrototypeOf(request)), request, { headers });
  return (await signer.sign(again, { signingDate: new Date(signedAt) })).headers.authorization;
}

afterEach(() => vi.unstubAllEnvs());

describe("the library's own client", () => {
  it("signs as the SDK's does, commands of one kind and of another, again and again", async () => {
    const { requests, requestHandler } = recording();
    const client = leanClient({ region, credentials, requestHandler });
    for (let round = 0; round < 2; round++) {
      await client.send(get(), unhurried());
      await client.send(new PutItemCommand({ TableName: 'table', Item: { id: { S: 'x'.repeat(100_000) } } }), unhurried());
    }

    expect(requests.map(({ headers }) => headers['x-amz-target'])).toEqual([
      'DynamoDB_20120810.GetItem',
      'DynamoDB_20120810.PutItem',
      'DynamoDB_20120810.GetItem',
      'DynamoDB_20120810.PutItem',
    ]);
    for (const request of requests) expect(request.headers.authorization).toBe(await signatureOf(request, credentials));
  });

  it('signs with the credentials that there are when it signs', async () => {
    const { requests, requestHandler } = recording();
    // Another secret under the same id, and the reverse: what is kept of the one is not taken for the other.
    const issued = [
      credentials,
      { ...credentials, secretAccessKey: 'other' },
      { ...credentials, accessKeyId: 'AKIDOTHER', secretAccessKey: 'other' },
      credentials,
    ];
    let calls = 0;
    // About to expire, they are asked for again by the next call.
    const provider = async () => ({ ...(issued[calls] ?? credentials), expiration: new Date(Date.now() + 1_000) });
    const client = leanClient({ region, credentials: provider, requestHandler });
    for (; calls < issued.length; calls++) await client.send(get(), unhurried());
    for (const [call, request] of requests.entries())
      expect(request.headers.authorization).toBe(await signatureOf(request, issued[call] ?? credentials));
    expect(new Set(requests.map(({ headers }) => headers.authorization)).size).toBe(issued.length);
  });

  it.each([undefined, 'my-app', 'my app\r\nx: y', 'é'])(
    "says who is calling as the SDK's does, but for the SDK's features: %j",
    async appId => {
      vi.stubEnv('AWS_SDK_UA_APP_ID', appId);
      const [lean, full] = [recording(), recording()];
      const client = leanClient({ region, credentials, requestHandler: lean.requestHandler });
      for (let calls = 0; calls < 2; calls++) await client.send(get(), unhurried());
      const theirs = new DynamoDBClient({ region, credentials, requestHandler: full.requestHandler });
      await theirs.send(get(), { abortSignal: new AbortController().signal });
      const expected = String(full.requests[0]?.headers['user-agent']).replace(/ m\/\S+/, '');
      expect(expected).toMatch(/^aws-sdk-js\/\S+ .*md\/nodejs#\S+ api\/dynamodb#/);
      expect(expected.includes(' app/')).toBe(appId !== undefined);
      expect(lean.requests.map(({ headers }) => headers['user-agent'])).toEqual([expected, expected]);
    },
  );

  it("has a config that V8 copies fast, and the SDK's is not", () => {
    setFlagsFromString('--allow-natives-syntax');
    const isFast = new Function('object', 'return %HasFastProperties(object)');
    setFlagsFromString('--no-allow-natives-syntax');
    const client = new DynamoDBClient({ region, credentials });
    const { config } = client;
    const before = Object.entries(config);
    expect(isFast(config)).toBe(false);
    leanChanges.makeFastToCopy(client);
    expect(isFast(config)).toBe(true);
    expect(Object.entries(config)).toEqual(before);
  });

  it('ends the call whose signal says so, on the network too, and no other', async () => {
    const calls: PromiseWithResolvers<object>[] = [];
    const requestHandler = networkOf((_request, signal) => {
      const call = Promise.withResolvers<object>();
      const aborted = Object.assign(new Error('aborted'), { name: 'AbortError' });
      signal.addEventListener('abort', () => call.reject(aborted));
      calls.push(call);
      return call.promise;
    });
    const client = leanClient({ region, credentials, requestHandler });
    const stop = new AbortController();
    const [stopped, other] = [client.send(get(), { abortSignal: stop.signal }), client.send(get(), unhurried())];
    await expect.poll(() => calls.length).toBe(2);
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    for (const { resolve } of calls) resolve({ Item: { id: { S: 'é' } } });
    expect((await other).Item).toEqual({ id: { S: 'é' } });
    expect(calls).toHaveLength(2);
  });

  it('sends nothing more once the signal has said so, while it pauses between two tries', async () => {
    const stop = new AbortController();
    let sent = 0;
    const requestHandler = networkOf(async (_request, signal) => {
      if (signal.aborted) throw Object.assign(new Error('aborted'), { name: 'AbortError' });
      sent++;
      stop.abort();
      throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    });
    const client = leanClient({ region, credentials, requestHandler });
    await expect(client.send(get(), { abortSignal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(sent).toBe(1);
  });
});
