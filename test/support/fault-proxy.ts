/** A proxy between the SDK and DynamoDB that loses, delays, refuses and holds back calls, as a network and a service do. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import { onLoopback } from './loopback.ts';

export type Fault =
  /** The connection breaks, and DynamoDB never hears of the call. */
  | { readonly kind: 'lost-before' }
  /** DynamoDB applies the call; the connection breaks before the answer arrives. */
  | { readonly kind: 'lost-after' }
  /** DynamoDB never hears of the call, and the caller never hears of DynamoDB. */
  | { readonly kind: 'hang' }
  /** An error in DynamoDB's own words, which it never had. */
  | { readonly kind: 'error'; readonly status: number; readonly name: string }
  /** An answer made up from the call, which DynamoDB never hears of. */
  | { readonly kind: 'answer'; readonly status?: number; readonly from: (body: Call['body']) => unknown }
  /** The call waits at the gate, `before` it reaches DynamoDB or `after` it was applied, until the test opens it. */
  | { readonly kind: 'hold'; readonly where: 'before' | 'after'; readonly gate: Gate };

export const serverError: Fault = { kind: 'error', status: 500, name: 'InternalServerError' };
export const throttled: Fault = { kind: 'error', status: 400, name: 'ProvisionedThroughputExceededException' };
export const transactionConflict: Fault = { kind: 'error', status: 400, name: 'TransactionConflictException' };

export class Gate {
  readonly #arrived = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<void>();

  /** Resolves when a call stands at the gate. */
  readonly reached: Promise<void> = this.#arrived.promise;

  open(): void {
    this.#opened.resolve();
  }

  async pass(): Promise<void> {
    this.#arrived.resolve();
    await this.#opened.promise;
  }
}

export interface Call {
  /** Such as `PutItem`. */
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly bytesSent: number;
  readonly fault: Fault['kind'] | undefined;
  /** DynamoDB's answer, whether or not it got through. */
  status?: number;
}

interface Rule {
  readonly operation: string;
  readonly fault: Fault;
  /** Calls of the operation that pass before the fault strikes. */
  skip: number;
  times: number;
}

export interface FaultProxy {
  readonly endpoint: string;
  /** Every call that came, in order. */
  readonly calls: readonly Call[];
  /** The next `times` calls of the operation, after the next `skip`, meet the fault. Rules are tried in the order given. */
  inject(operation: string, fault: Fault, options?: { times?: number; skip?: number }): void;
  /** Forgets the faults that have not struck yet. */
  reset(): void;
  /** Names of the operations that came, in order. */
  operations(): string[];
  stop(): Promise<void>;
}

export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const calls: Call[] = [];
  const rules: Rule[] = [];

  const faultFor = (operation: string): Fault | undefined => {
    const rule = rules.find(candidate => candidate.operation === operation && candidate.times > 0);
    if (rule === undefined) return undefined;
    if (rule.skip-- > 0) return undefined;
    rule.times--;
    return rule.fault;
  };

  const server = createServer((request, response) => {
    // A call that is cut off is no error of the proxy's; the test sees it on the SDK's side.
    serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const payload = await bytesOf(request);
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    const fault = faultFor(operation);
    const call: Call = { operation, body: JSON.parse(payload.toString()), bytesSent: payload.byteLength, fault: fault?.kind };
    calls.push(call);
    if (fault?.kind === 'lost-before') return void request.socket.destroy();
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'answer') return answer(response, fault.status ?? 200, fault.from(call.body));
    if (fault?.kind === 'error') {
      return answer(response, fault.status, { __type: `com.amazonaws.dynamodb.v20120810#${fault.name}`, message: 'injected' });
    }
    if (fault?.kind === 'hold' && fault.where === 'before') await fault.gate.pass();
    const real = await forward(upstream, request, payload);
    call.status = real.status;
    if (fault?.kind === 'hold' && fault.where === 'after') await fault.gate.pass();
    if (fault?.kind === 'lost-after') return void request.socket.destroy();
    response.writeHead(real.status, real.headers).end(real.payload);
  }

  const { url, stop } = await onLoopback(server);
  return {
    endpoint: url,
    calls,
    inject: (operation, fault, { times = 1, skip = 0 } = {}) => void rules.push({ operation, fault, times, skip }),
    reset: () => void rules.splice(0),
    operations: () => calls.map(call => call.operation),
    stop,
  };
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}

/** The call as it came and the answer as it is: the SDK checks both, the one's signature and the other's checksum. */
export async function forward(upstream: string, { method, url, headers }: IncomingMessage, payload: Buffer) {
  const outgoing = sendRequest(new URL(url ?? '/', upstream), { method: method ?? 'POST', headers: { ...headers, connection: 'close' } });
  outgoing.end(payload);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  const { connection: _, 'transfer-encoding': __, ...endToEnd } = incoming.headers;
  return { status: incoming.statusCode ?? 502, headers: endToEnd, payload: await bytesOf(incoming) };
}

export async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
