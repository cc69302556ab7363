/** A call's arguments: checked before anything is stored or sent, and turned into a request that can be sent again. */
import { checksum } from './checksum.ts';
import { IdempotentFetchConfigurationError } from './errors.ts';
import { type Encode, type RepeatableBody, repeatable } from './repeatable-body.ts';

/** The second argument: `fetch`'s, and the operation's name. */
export interface IdempotentRequestInit extends Omit<RequestInit, 'body' | 'duplex' | 'method' | 'mode'> {
  /** A GET needs no key, and is refused. */
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';

  /** Read once, when the call begins. Not a stream, which can't be sent again. */
  readonly body?: RepeatableBody | null;

  /**
   * Not `no-cors`, which would leave the key out.
   *
   * @default 'cors'
   */
  readonly mode?: 'cors' | 'same-origin';

  /**
   * Names the operation, so that its key is found again: by a second call, after a reload, in another tab. It should say what
   * is to be done for whom, such as `pay invoice 17 as user 42`, and must not be used for a second operation before the first
   * has settled.
   *
   * @default - the key lives as long as the call
   */
  readonly operation?: string;
}

/** Ready to be sent, any number of times. */
export interface RepeatableRequest {
  readonly url: string;
  /** Of method, URL and body. */
  readonly checksum: string;
  init(key: string): Promise<RequestInit>;
}

const protectedMethods = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** @throws IdempotentFetchConfigurationError `invalid_request` */
export async function repeatableRequest(input: unknown, init: IdempotentRequestInit, headerName: string): Promise<RepeatableRequest> {
  const { operation, body, ...rest } = init;
  if (typeof input !== 'string' && !(input instanceof URL)) {
    throw invalid('the first argument must be a URL: the body of a Request can be read only once; pass its parts');
  }
  if (operation !== undefined) checkOperation(operation);
  const method = String(rest.method ?? 'GET').toUpperCase();
  if (!protectedMethods.includes(method)) {
    throw invalid(`"method" must be ${protectedMethods.join(', ')}, got ${method}: other methods need no key; use fetch`);
  }
  if ((rest.mode as string | undefined) === 'no-cors') throw invalid('"mode" must not be no-cors, which would leave the key out');
  const encode = repeatable(body);
  if (encode === undefined) {
    throw invalid(
      '"body" must be a string, URLSearchParams, Blob, FormData, ArrayBuffer or typed array: anything else can not be sent twice',
    );
  }
  const { url, headers } = checkedByPlatform(input, { ...rest, method });
  if (headers.has(headerName)) throw invalid(`the header field ${headerName} is the client's; name the operation instead`);
  return {
    url,
    checksum: await checksumOf(`${method} ${url}\n`, encode),
    async init(key) {
      // The key is random: no part of a form has it in it.
      const { bytes, contentType } = await encode(`form-${key}`);
      const sent = new Headers(headers);
      sent.set(headerName, key);
      if (contentType !== null && !sent.has('content-type')) sent.set('content-type', contentType);
      return { ...rest, method, headers: sent, ...(bytes === undefined ? {} : { body: bytes }) };
    },
  };
}

/** @throws IdempotentFetchConfigurationError `invalid_request` */
export function checkOperation(operation: unknown): void {
  if (typeof operation !== 'string' || operation === '') throw invalid('"operation" must be a string that is not empty');
}

/** A bad URL or header field fails here, and not as "network error", which would be tried again until the deadline. */
function checkedByPlatform(input: string | URL, init: RequestInit): Request {
  try {
    return new Request(input, init);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

async function checksumOf(line: string, encode: Encode): Promise<string> {
  const { bytes } = await encode('form');
  return checksum(new Uint8Array(await new Blob([line, bytes ?? '']).arrayBuffer()));
}

function invalid(message: string, options?: ErrorOptions): IdempotentFetchConfigurationError {
  return new IdempotentFetchConfigurationError('invalid_request', message, options);
}
