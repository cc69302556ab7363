/** The HTTP server in front of the handlers: answers what API Gateway answers by itself, and hands on the rest. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { type ApiKey, apiKeys } from './api-keys.ts';
import { invoke, type LambdaHandler } from './lambda.ts';
import { restEvent } from './rest-event.ts';
import { matchRoute } from './routing.ts';

/** API Gateway's limit for a request's body. */
const largestBody = 10 * 1024 * 1024;

/** `handlers`: by the name of their route. */
export function apiServer(handlers: ReadonlyMap<string, LambdaHandler>): Server {
  return createServer((request, response) => {
    serve(handlers, request, response).catch(error => {
      // Whoever left in the middle of the request expects no answer.
      if (!request.complete) return void response.destroy();
      console.error(error);
      return gatewayAnswer(response, 500, 'Internal server error', 'InternalServerErrorException');
    });
  });
}

async function serve(handlers: ReadonlyMap<string, LambdaHandler>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = urlOf(request);
  const match = url && matchRoute(request.method ?? '', url.pathname);
  const handler = match && handlers.get(match.route.name);
  if (url === undefined || match === undefined || handler === undefined)
    return gatewayAnswer(response, 403, 'Missing Authentication Token', 'MissingAuthenticationTokenException');
  const apiKey = apiKeyOf(request);
  if (apiKey === undefined) return gatewayAnswer(response, 403, 'Forbidden', 'ForbiddenException');
  const body = await bodyOf(request);
  if (body === undefined) {
    response.setHeader('connection', 'close');
    return gatewayAnswer(response, 413, 'Request Too Long', 'RequestEntityTooLargeException');
  }
  const invocation = await invoke(match.route.name, handler, restEvent(request, url, body, match, apiKey));
  if (invocation.kind === 'responded') return proxyAnswer(response, invocation.response);
  if (invocation.kind === 'failed') return gatewayAnswer(response, 502, 'Internal server error', 'InternalServerErrorException');
  return gatewayAnswer(response, 504, 'Endpoint request timed out', 'InternalServerErrorException');
}

/** Undefined: the request's target is no path (`*`, or what no URL can hold). */
function urlOf(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '';
  return target.startsWith('/') && !target.startsWith('//') ? (URL.parse(target, 'http://localhost') ?? undefined) : undefined;
}

function apiKeyOf(request: IncomingMessage): ApiKey | undefined {
  return apiKeys.find(({ value }) => value === request.headers['x-api-key']);
}

/** Undefined: it is too large. What is too much is not kept. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.byteLength;
    if (size > largestBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function proxyAnswer(
  response: ServerResponse,
  { statusCode, headers, multiValueHeaders, body, isBase64Encoded }: APIGatewayProxyResult,
): void {
  response.statusCode = Number(statusCode);
  response.setHeader('content-type', 'application/json');
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, String(value));
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) response.setHeader(name, values.map(String));
  response.end(Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'));
}

/** API Gateway's own answers, word for word. */
function gatewayAnswer(response: ServerResponse, status: number, message: string, errorType: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': errorType }).end(JSON.stringify({ message }));
}
