/** A network between a client and an API that loses, cuts, delays and makes up answers. Without an API behind it, one of its own. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Gate } from '../support/fault-proxy.ts';

export type NetworkFault =
  /** The connection is reset, and the API never hears of the request. */
  | { readonly kind: 'lost-before' }
  /** The API answers; the connection is reset before the answer arrives. */
  | { readonly kind: 'lost-after' }
  /** The API answers; the connection ends in the middle of the body, whose length was announced, or which comes in chunks. */
  | { readonly kind: 'cut'; readonly framing: 'length' | 'chunks' }
  /** An answer of something in between, of which the API never hears. */
  | { readonly kind: 'answer'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  /** The request waits at the gate before it reaches the API, and its answer gets through when the gate is open. */
  | { readonly kind: 'hold'; readonly gate: Gate };

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly key: string;
  readonly body: Buffer;
}

interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface FaultyNetwork {
  readonly url: string;
  /** Every request that came, preflights excepted. */
  readonly requests: ReceivedRequest[];
  /** What happens to the next requests, one each. */
  inject(...faults: readonly NetworkFault[]): void;
  /** Forgets the requests that came and the faults that didn't. */
  reset(): void;
  stop(): Promise<void>;
}

export async function startFaultyNetwork(apiUrl?: string): Promise<FaultyNetwork> {
  const requests: ReceivedRequest[] = [];
  const faults: NetworkFault[] = [];
  const api = apiUrl === undefined ? answerOfItsOwn : (request: ReceivedRequest) => forward(apiUrl, request);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await receive(request);
    const isPreflight = received.method === 'OPTIONS';
    if (!isPreflight) requests.push(received);
    const fault = isPreflight ? undefined : faults.shift();
    if (fault?.kind === 'lost-before') return void request.socket.resetAndDestroy();
    if (fault?.kind === 'answer') return send(response, madeUp(fault));
    if (fault?.kind === 'hold') await fault.gate.pass();
    const answer = await api(received);
    if (fault?.kind === 'lost-after') return void request.socket.resetAndDestroy();
    if (fault?.kind === 'cut') return cut(response, answer, fault.framing);
    send(response, answer);
  }

  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://localhost:${typeof address === 'object' && address !== null ? address.port : ''}`,
    requests,
    inject: (...next) => void faults.push(...next),
    reset: () => {
      requests.length = 0;
      faults.length = 0;
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function receive(request: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]));
  const key = headers['idempotency-key'] ?? '';
  return { method: request.method ?? '', path: request.url ?? '', headers, key, body: Buffer.concat(chunks) };
}

async function answerOfItsOwn(): Promise<ApiAnswer> {
  return { status: 201, headers: { 'content-type': 'application/json' }, body: Buffer.from('{"id":"42"}') };
}

async function forward(apiUrl: string, { method, path, headers, body }: ReceivedRequest): Promise<ApiAnswer> {
  // What belongs to this connection stays behind.
  const { host: _, connection: __, 'content-length': ___, 'transfer-encoding': ____, ...own } = headers;
  const answer = await fetch(`${apiUrl}${path}`, {
    method,
    headers: own as Record<string, string>,
    ...(body.byteLength === 0 ? {} : { body: new Uint8Array(body) }),
  });
  const { connection, 'keep-alive': _____, 'transfer-encoding': ______, ...passed } = Object.fromEntries(answer.headers);
  return { status: answer.status, headers: passed, body: Buffer.from(await answer.arrayBuffer()) };
}

function madeUp({ status, headers = {}, body }: Extract<NetworkFault, { kind: 'answer' }>): ApiAnswer {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, body: Buffer.from(text) };
}

function send(response: ServerResponse, { status, headers, body }: ApiAnswer): void {
  response.writeHead(status, headers).end(body);
}

function cut(response: ServerResponse, { status, headers, body }: ApiAnswer, framing: 'length' | 'chunks'): void {
  const { 'content-length': _, ...others } = headers;
  response.writeHead(status, framing === 'length' ? { ...others, 'content-length': String(body.byteLength) } : others);
  response.write(body.subarray(0, body.byteLength / 2), () => response.socket?.end());
}
