/** Stands between a client and the API and does what a network and a gateway may do to a request and to its answer. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type GatewayResponseType, gatewayResponse, gatewayResponseHeaders, gatewayResponseTypes } from '../../bin/gateway-responses.ts';
import { bytesOf, forward } from '../support/fault-proxy.ts';
import { onLoopback } from '../support/loopback.ts';

export type Fault =
  /** The connection is reset, and the API never hears of the request. */
  | 'reset before'
  /** The API answers; the connection is reset before a byte of it arrives. */
  | 'reset after'
  /** The API's answer breaks off in the middle of its body. */
  | 'cut body'
  /** An HTTP API's gateway answers 503, in words that nobody chose, and the API never hears of the request. */
  | 'unavailable'
  /** A REST API's gateway answers as the stack has told it to, and the API never hears of the request. */
  | GatewayResponseType
  | 'none';

/** A request that came. */
export interface Attempt {
  readonly method: string;
  readonly key: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Buffer;
  readonly arrivedAt: number;
  /** The API's answer, whether or not it got through. */
  answer?: { readonly status: number; readonly replayed: boolean; readonly retryAfter: number | undefined };
}

export interface FaultGateway {
  readonly url: string;
  /** In the order in which they came. */
  readonly attempts: readonly Attempt[];
  stop(): Promise<void>;
}

/** The first request meets the first of the `faults`, and so on; requests after the last one meet none. */
export async function startFaultGateway(upstream: string, faults: readonly Fault[]): Promise<FaultGateway> {
  const attempts: Attempt[] = [];

  const server = createServer((request, response) => {
    // Whoever gave up sees it on the client's side.
    serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const fault = faults[attempts.length] ?? 'none';
    const { 'idempotency-key': key, 'content-type': contentType } = request.headers;
    const attempt: Attempt = { method: request.method ?? '', key: key?.toString(), contentType, body, arrivedAt: performance.now() };
    attempts.push(attempt);
    if (fault === 'reset before') return void request.socket.resetAndDestroy();
    if (fault === 'unavailable') {
      return void response.writeHead(503, { 'content-type': 'application/json' }).end('{"message":"Service Unavailable"}');
    }
    if (isGatewayResponse(fault)) {
      const { status = fault === 'DEFAULT_4XX' ? 400 : 502, body } = gatewayResponse(fault);
      return void response.writeHead(status, gatewayResponseHeaders).end(body);
    }
    const { status, headers, payload } = await forward(upstream, request, body);
    const retryAfter = headers['retry-after'];
    attempt.answer = {
      status,
      replayed: headers['idempotent-replayed'] === 'true',
      retryAfter: retryAfter === undefined ? undefined : Number(retryAfter),
    };
    if (fault === 'reset after') return void request.socket.resetAndDestroy();
    response.writeHead(status, headers);
    if (fault === 'none') return void response.end(payload);
    // Not a reset: that could overtake what was sent.
    response.write(payload.subarray(0, payload.byteLength / 2), () => response.destroy());
  }

  const { url, stop } = await onLoopback(server);
  return { url, attempts, stop };
}

function isGatewayResponse(fault: Fault): fault is GatewayResponseType {
  return gatewayResponseTypes.some(name => name === fault);
}
