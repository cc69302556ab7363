/** An HTTP request → the event that an API Gateway REST API hands to its Lambda functions (proxy integration, payload 1.0). */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { ApiKey } from './api-keys.ts';
import type { Match } from './routing.ts';

const stage = 'prod';
const account = '123456789012';
const apiId = 'local';

export function restEvent(
  request: IncomingMessage,
  url: URL,
  body: Buffer,
  { route, pathParameters }: Match,
  apiKey: ApiKey,
): APIGatewayProxyEvent {
  const requestId = randomUUID();
  const now = new Date();
  const sourceIp = request.socket.remoteAddress ?? '127.0.0.1';
  const multiValueHeaders = multiValue([...headerLines(request), ['X-Forwarded-For', sourceIp], ['X-Forwarded-Proto', 'http']]);
  const multiValueQuery = multiValue([...url.searchParams]);
  return {
    resource: route.resource,
    path: url.pathname,
    httpMethod: route.method,
    headers: lastValues(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: orNull(lastValues(multiValueQuery)),
    multiValueQueryStringParameters: orNull(multiValueQuery),
    pathParameters,
    stageVariables: null,
    requestContext: {
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
        apiKey: apiKey.value,
        apiKeyId: apiKey.id,
        caller: null,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp,
        user: null,
        userAgent: request.headers['user-agent'] ?? null,
        userArn: null,
      },
      path: `/${stage}${url.pathname}`,
      protocol: `HTTP/${request.httpVersion}`,
      requestId,
      requestTime: now.toUTCString(),
      requestTimeEpoch: now.getTime(),
      resourceId: route.name,
      resourcePath: route.resource,
      stage,
    },
    // A REST API without binary media types hands every body on as text.
    body: body.byteLength === 0 ? null : body.toString('utf8'),
    isBase64Encoded: false,
  };
}

/** Names as they were sent; Node's own table has them in lower case, and repeated lines joined. */
function headerLines({ rawHeaders }: IncomingMessage): [string, string][] {
  return Array.from({ length: rawHeaders.length / 2 }, (_, index) => [rawHeaders[2 * index] ?? '', rawHeaders[2 * index + 1] ?? '']);
}

/** Under the spelling that came first. */
function multiValue(lines: readonly (readonly [string, string])[]): Record<string, string[]> {
  const spelling = new Map<string, string>();
  const values = new Map<string, string[]>();
  for (const [name, value] of lines) {
    const first = spelling.get(name.toLowerCase()) ?? name;
    spelling.set(name.toLowerCase(), first);
    values.set(first, [...(values.get(first) ?? []), value]);
  }
  return Object.fromEntries(values);
}

function lastValues(multiple: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(multiple).map(([name, values]) => [name, values.at(-1) ?? '']));
}

function orNull<T extends object>(values: T): T | null {
  return Object.keys(values).length === 0 ? null : values;
}
