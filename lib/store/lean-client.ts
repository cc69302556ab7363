/**
 * The library's own client: the SDK's, with less work around each call. A call to DynamoDB is most of what this library costs, and
 * most of a call is what the SDK does around it. How much each of these saves is in docs/performance.md.
 */
import { createHash, createHmac, createSecretKey } from 'node:crypto';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { DynamoDbSender } from './dynamodb-store.ts';

type UserAgent = Awaited<ReturnType<DynamoDBClient['config']['defaultUserAgentProvider']>>;
type Send = (command: { readonly input: object }, options: { readonly abortSignal: AbortSignal }) => Promise<unknown>;

/** A client of `config`, which takes the place of the library's settings where it says anything else. */
export function leanClient(config: DynamoDBClientConfig = {}): DynamoDbSender {
  const client = new DynamoDBClient({ ...limits, ...leanSettings, ...config });
  for (const makeLean of Object.values(leanChanges)) makeLean(client);
  const send = abortableSend(client);
  // Cast: of the overloads of `send`, the store calls this one.
  return { send: send as unknown as DynamoDBClient['send'] };
}

/** Fails fast where the SDK would wait: a request's client is waiting too. */
const limits: DynamoDBClientConfig = {
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
  maxAttempts: 3,
};

/** SHA-256 for the SDK's signer. */
class Sha256 {
  readonly #secret: string | Uint8Array | undefined;
  #data: Uint8Array = new Uint8Array();

  /** With a secret it is an HMAC, as Signature Version 4 needs it. The SDK has secrets that are text, and others that are such digests. */
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret as string | Uint8Array | undefined;
  }

  update(chunk: Uint8Array): void {
    this.#data = this.#data.byteLength === 0 ? chunk : Buffer.concat([this.#data, chunk]);
  }

  async digest(): Promise<Uint8Array> {
    if (this.#secret === undefined) return createHash('sha256').update(this.#data).digest();
    return typeof this.#secret === 'string' ? hmacOnce(this.#secret, this.#data) : hmac(this.#secret, this.#data);
  }

  reset(): void {
    this.#data = new Uint8Array();
  }
}

/** What a client can be told. */
export const leanSettings = {
  // A command's chain of middlewares is put together once, instead of once for each call.
  cacheMiddleware: true,
  // The SDK's own looks at every character first: 0.6 ms for the 103,000 of a response that is 77 KB packed.
  base64Decoder: (text: string) => Buffer.from(text, 'base64'),
  sha256: Sha256,
} as const satisfies DynamoDBClientConfig;

/** What must be done to it. */
export const leanChanges = { logNothing, signWithOneSigner, sendOneUserAgent, makeFastToCopy } as const;

/** Node takes 16 µs for an HMAC with a key of bytes, and 3 with a key object, the making of which is in them. */
function hmac(secret: string | Uint8Array, data: Uint8Array): Uint8Array {
  const key = createSecretKey(typeof secret === 'string' ? Buffer.from(secret) : secret);
  return createHmac('sha256', key).update(data).digest();
}

let latest: { readonly secret: string; readonly data: Uint8Array; readonly digest: Uint8Array } | undefined;

/** The latest is kept: in each call the SDK makes one of the same credentials, to see whether it has derived their signing key. */
function hmacOnce(secret: string, data: Uint8Array): Uint8Array {
  if (latest?.secret !== secret || Buffer.compare(latest.data, data) !== 0) latest = { secret, data, digest: hmac(secret, data) };
  return latest.digest;
}

/** Without a logger it makes the entries all the same, with a copy of every input and output, and drops them. */
function logNothing({ middlewareStack }: DynamoDBClient): void {
  middlewareStack.remove('loggerMiddleware');
}

/** The SDK makes a new one for each call. They differ in nothing: it asks for region and credentials whenever it signs. */
function signWithOneSigner({ config }: DynamoDBClient): void {
  const newSigner = config.signer;
  let signer: Awaited<ReturnType<typeof newSigner>> | undefined;
  config.signer = async scheme => {
    signer ??= await newSigner(scheme);
    return signer;
  };
}

/** The SDK puts the header together anew for each call, of the same parts. */
function sendOneUserAgent({ config, middlewareStack }: DynamoDBClient): void {
  let userAgent: string | undefined;
  middlewareStack.remove('getUserAgentMiddleware');
  middlewareStack.add(
    next => async args => {
      userAgent ??= userAgentOf(await config.defaultUserAgentProvider(), await config.userAgentAppId());
      (args.request as { readonly headers: Record<string, string> }).headers['user-agent'] = userAgent;
      return next(args);
    },
    { name: 'userAgentMiddleware', step: 'build' },
  );
}

/**
 * As the SDK writes its pairs of a name and a version, if any: `aws-sdk-js/3.1164.0 os/linux#6.8.0 lang/js api/dynamodb#3.1164.0`.
 * `appId` is from the environment (`AWS_SDK_UA_APP_ID`), and may be anything.
 */
function userAgentOf(pairs: UserAgent, appId: string | undefined): string {
  const all: UserAgent = appId === undefined ? pairs : [...pairs, [`app/${appId}`]];
  const parts = all.map(([name, version]) => (version === undefined ? name : `${name}${name.includes('/') ? '#' : '/'}${version}`));
  return parts
    .map(part => part.replace(/[^\w!#$%&'*+./^`|~-]/g, '-'))
    .join(' ')
    .replace('api/DynamoDB', 'api/dynamodb');
}

/**
 * The SDK copies its config of 50 members three times in each call, in 8 µs: V8 keeps what was put together in so many steps as a hash
 * table. As the prototype of an object that is looked into often it is kept like other objects, and copied in 1 µs. That is all it does.
 */
function makeFastToCopy({ config }: DynamoDBClient): void {
  const heir: { readonly nothing?: unknown } = Object.create(config);
  for (let looks = 0; looks < 1000; looks++) heir.nothing;
}

/** A call with options of its own has its chain put together anew: the signal, which is one, takes a way around. */
function abortableSend(client: DynamoDBClient): Send {
  const signals = new WeakMap<object, AbortSignal>();
  const { requestHandler } = client.config;
  client.middlewareStack.add(
    () => async args => {
      // What the end of the chain would do, which is next. Casts: here a request is one of HTTP, and nobody has read its answer yet.
      const request = args.request as Parameters<typeof requestHandler.handle>[0];
      return requestHandler.handle(request, { abortSignal: signals.get(args.input) }) as never;
    },
    { name: 'abortMiddleware', step: 'deserialize', priority: 'low' },
  );
  return (command, { abortSignal }) => {
    signals.set(command.input, abortSignal);
    return client.send(command as Parameters<typeof client.send>[0]);
  };
}
