/** The HTTP server in front of the handlers: what API Gateway does with a request, in its order. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { publicRoutes, routes } from '../../handlers/routes.ts';
import { functionSettings } from '../function-settings.ts';
import { type ApiKey, apiKeys } from './api-keys.ts';
import { sendGatewayAnswer, sendPreflight } from './gateway-answers.ts';
import { invoke, type LambdaHandler } from './lambda.ts';
import { sendProxyResponse } from './proxy-response.ts';
import { restEvent } from './rest-event.ts';
import { type Endpoint, isResource, matchRoute } from './routing.ts';

/** API Gateway's limit for a request's body. */
const largestBody = 10 * 1024 * 1024;

/** Lambda's limit for an event, as JSON. */
const largestEvent = 6 * 1024 * 1024;

/** What API Gateway is told of an API: its routes, and who calls. */
export interface Api {
  readonly endpoints: readonly Endpoint[];
  /** Those of the endpoints that take no API key. */
  readonly isPublic?: (endpoint: Endpoint) => boolean;
  readonly apiKeyOf: (request: IncomingMessage) => ApiKey | undefined;
}

type Handlers = ReadonlyMap<string, LambdaHandler>;

const contactsApi: Api = {
  endpoints: [...routes, ...publicRoutes],
  isPublic: ({ name }) => publicRoutes.some(route => route.name === name),
  apiKeyOf: request => apiKeys.find(({ value }) => value === request.headers['x-api-key']),
};

/** `handlers`: by the name of their route. Requests wait for them. */
export function apiServer(
  handlers: Handlers | Promise<Handlers>,
  limitMs = functionSettings.timeoutSeconds * 1_000,
  api = contactsApi,
): Server {
  return createServer((request, response) => {
    serve(api, handlers, limitMs, request, response).catch(error => {
      // Whoever left in the middle of the request expects no answer.
      if (request.complete) console.error(error);
      response.destroy();
    });
  });
}

async function serve(
  { endpoints, isPublic, apiKeyOf }: Api,
  handlers: Handlers | Promise<Handlers>,
  limitMs: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { path, query } = targetOf(request);
  if (request.method === 'OPTIONS' && isResource(endpoints, path)) return sendPreflight(response);
  const match = matchRoute(endpoints, request.method ?? '', path);
  const handler = match && (await handlers).get(match.route.name);
  if (match === undefined || handler === undefined) return sendGatewayAnswer(response, 'no such route');
  const needsKey = isPublic?.(match.route) !== true;
  const apiKey = needsKey ? apiKeyOf(request) : undefined;
  if (needsKey && apiKey === undefined) return sendGatewayAnswer(response, 'no such API key');
  const body = await bodyOf(request);
  if (body === undefined) return sendGatewayAnswer(response, 'body too large');
  const event = restEvent(request, { path, query, body, match, apiKey });
  if (Buffer.byteLength(JSON.stringify(event)) > largestEvent) return sendGatewayAnswer(response, 'body too large');
  const answer = await invoke(match.route.name, handler, event, limitMs);
  if (answer === undefined) return sendGatewayAnswer(response, 'handler failed');
  sendProxyResponse(response, answer);
}

/** As they were sent: API Gateway resolves no dots in a path and decodes nothing. */
function targetOf(request: IncomingMessage): { path: string; query: URLSearchParams } {
  const [path = '', ...query] = (request.url ?? '').split('?');
  return { path, query: new URLSearchParams(query.join('?')) };
}

/** Undefined: it is too large. It is read to its end all the same, because a client that is still sending may miss an answer. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.byteLength;
    if (size <= largestBody) chunks.push(chunk);
    else chunks = [];
  }
  return size <= largestBody ? Buffer.concat(chunks) : undefined;
}
