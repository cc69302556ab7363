/** A body that can be sent again: taken as bytes when the call begins, whatever happens to its source afterwards. */
import { multipart } from './multipart.ts';

/** What `fetch` takes for a body, except for streams. */
export type RepeatableBody = string | URLSearchParams | Blob | FormData | ArrayBuffer | ArrayBufferView<ArrayBuffer>;

export interface Encoded {
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
  readonly contentType: string | null;
}

/** `boundary` separates the parts of a form, and must be something that none of them contains. */
export type Encode = (boundary: string) => Promise<Encoded>;

/** Undefined: it can't be sent again. */
export function repeatable(body: unknown): Encode | undefined {
  if (body === undefined || body === null) return async () => ({ bytes: undefined, contentType: null });
  if (isA<FormData>(body, 'FormData')) {
    const entries = [...body];
    return boundary => multipart(entries, boundary);
  }
  const plain = plainBody(body);
  if (plain === undefined) return undefined;
  // A response takes the bytes and the type from a body just as a request does, and copies them at once.
  const source = new Response(plain);
  const bytes = source.arrayBuffer().then(buffer => new Uint8Array(buffer));
  // A blob that can't be read (its file has changed) fails the call when it asks, not the program before.
  bytes.catch(() => {});
  return async () => ({ bytes: await bytes, contentType: source.headers.get('content-type') });
}

function plainBody(body: unknown): string | URLSearchParams | Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | undefined {
  if (typeof body === 'string') return body;
  if (ArrayBuffer.isView(body)) {
    const { buffer, byteOffset, byteLength } = body;
    // A `SharedArrayBuffer` may change while it is read, and no `fetch` takes it.
    return isA<ArrayBuffer>(buffer, 'ArrayBuffer') ? new Uint8Array(buffer, byteOffset, byteLength) : undefined;
  }
  return isA<URLSearchParams | Blob | ArrayBuffer>(body, 'URLSearchParams', 'Blob', 'File', 'ArrayBuffer') ? body : undefined;
}

/** `instanceof` doesn't know what comes from another frame. */
function isA<T>(value: unknown, ...classNames: readonly string[]): value is T {
  return classNames.includes(Object.prototype.toString.call(value).slice(8, -1));
}
