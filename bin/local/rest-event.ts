/** An HTTP request → the event that an API Gateway REST API hands to its Lambda functions (proxy integration, payload 1.0). */
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEvent, APIGatewayProxyEventHeaders } from 'aws-lambda';
import type { ApiKey } from './api-keys.ts';
import type { Match } from './routing.ts';

const stage = 'prod';
const account = '123456789012';
const apiId = 'local';

export interface ReceivedRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly match: Match;
  readonly apiKey: ApiKey | undefined;
}

export function restEvent(request: IncomingMessage, { path, query, body, match, apiKey }: ReceivedRequest): APIGatewayProxyEvent {
  const { route, pathParameters } = match;
  const headers = gathered([...headerLines(request), ...forwardingHeaders(request)], name => name.toLowerCase());
  const parameters = gathered([...query], name => name);
  return {
    resource: route.resource,
    path,
    httpMethod: route.method,
    headers: lastValues(headers),
    multiValueHeaders: headers,
    queryStringParameters: orNull(lastValues(parameters)),
    multiValueQueryStringParameters: orNull(parameters),
    pathParameters,
    stageVariables: null,
    requestContext: requestContext(request, path, match, apiKey),
    ...bodyFields(body),
  };
}

function requestContext(
  request: IncomingMessage,
  path: string,
  { route }: Match,
  apiKey: ApiKey | undefined,
): APIGatewayProxyEvent['requestContext'] {
  const requestId = randomUUID();
  const now = new Date();
  return {
    accountId: account,
    apiId,
    authorizer: null,
    domainName: request.headers.host ?? 'localhost',
    domainPrefix: apiId,
    extendedRequestId: requestId,
    httpMethod: route.method,
    identity: {
      accessKey: null,
      accountId: null,
      apiKey: apiKey?.value ?? null,
      apiKeyId: apiKey?.id ?? null,
      caller: null,
      clientCert: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: sourceIpOf(request),
      user: null,
      userAgent: request.headers['user-agent'] ?? null,
      userArn: null,
    },
    path: `/${stage}${path}`,
    protocol: `HTTP/${request.httpVersion}`,
    requestId,
    requestTime: logTime(now),
    requestTimeEpoch: now.getTime(),
    resourceId: route.name,
    resourcePath: route.resource,
    stage,
  };
}

/** Text where it is text, and base64 where it is not: no byte of a body gets lost. */
function bodyFields(body: Buffer): Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'> {
  if (body.byteLength === 0) return { body: null, isBase64Encoded: false };
  return isUtf8(body) ? { body: body.toString(), isBase64Encoded: false } : { body: body.toString('base64'), isBase64Encoded: true };
}

/** Names as they were sent; Node's own table has them in lower case, and repeated lines joined. */
function headerLines({ rawHeaders }: IncomingMessage): [string, string][] {
  return Array.from({ length: rawHeaders.length / 2 }, (_, index) => [rawHeaders[2 * index] ?? '', rawHeaders[2 * index + 1] ?? '']);
}

function forwardingHeaders(request: IncomingMessage): [string, string][] {
  return [
    ['X-Forwarded-For', sourceIpOf(request)],
    ['X-Forwarded-Port', String(request.socket.localPort ?? 80)],
    ['X-Forwarded-Proto', 'http'],
  ];
}

function sourceIpOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? '127.0.0.1';
}

/** The values of each name, under the spelling that came first; `identity`: what makes two spellings one name. */
function gathered(lines: readonly (readonly [string, string])[], identity: (name: string) => string): Record<string, string[]> {
  const spellings = new Map<string, string>();
  const values = new Map<string, string[]>();
  for (const [name, value] of lines) {
    const spelling = spellings.get(identity(name)) ?? name;
    spellings.set(identity(name), spelling);
    values.set(spelling, [...(values.get(spelling) ?? []), value]);
  }
  return Object.fromEntries(values);
}

function lastValues(multiple: Readonly<Record<string, readonly string[]>>): APIGatewayProxyEventHeaders {
  return Object.fromEntries(Object.entries(multiple).map(([name, values]) => [name, values.at(-1)]));
}

function orNull<T extends object>(values: T): T | null {
  return Object.keys(values).length === 0 ? null : values;
}

/** As in a web server's log: 24/Nov/2026:09:30:00 +0000 */
function logTime(time: Date): string {
  const [, day, month, year, clock] = time.toUTCString().split(' ');
  return `${day}/${month}/${year}:${clock} +0000`;
}
