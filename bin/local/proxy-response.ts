/** What a handler returned → an HTTP response, if API Gateway would take it for one. */
import { type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';
import { z } from 'zod';

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const proxyResponse = z.object({
  statusCode: z.coerce.number().int().min(200).max(599),
  headers: z.record(z.string(), scalar).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(scalar)).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

export interface ProxyResponse {
  readonly status: number;
  /** Of two with the same name in any case, the later one counts. */
  readonly headers: readonly (readonly [name: string, values: readonly string[]])[];
  readonly body: Buffer;
}

/** Undefined: it is malformed. */
export function readProxyResponse(result: unknown): ProxyResponse | undefined {
  const parsed = proxyResponse.safeParse(result);
  if (!parsed.success) return undefined;
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = parsed.data;
  const fields = [
    ...Object.entries(headers ?? {}).map(([name, value]) => [name, [value]] as const),
    ...Object.entries(multiValueHeaders ?? {}),
  ];
  if (!fields.every(isSendable)) return undefined;
  return {
    status: statusCode,
    headers: [['content-type', ['application/json']], ...fields.filter(([name]) => !ownedByServer.has(name.toLowerCase()))],
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
}

export function sendProxyResponse(response: ServerResponse, { status, headers, body }: ProxyResponse): void {
  response.statusCode = status;
  for (const [name, values] of headers) response.setHeader(name, values.length === 1 ? (values[0] ?? '') : values);
  response.end(body);
}

/** The connection is the server's, and so is the length of what goes over it. */
const ownedByServer: ReadonlySet<string> = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding']);

function isSendable([name, values]: readonly [string, readonly string[]]): boolean {
  try {
    validateHeaderName(name);
    for (const value of values) validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
