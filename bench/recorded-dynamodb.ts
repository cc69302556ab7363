/**
 * The network, taken out: a request handler for the SDK that asks a real DynamoDB once, writes down what it answers, and from then
 * on gives these answers, in their order, again and again.
 */
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

type RequestHandler = Extract<NonNullable<DynamoDBClientConfig['requestHandler']>, { handle: unknown }>;
type HttpRequest = Parameters<RequestHandler['handle']>[0];

interface Answer {
  readonly operation: string;
  readonly bytesSent: number;
  readonly statusCode: number;
  /** As DynamoDB says; it says nothing of what it refused. */
  readonly writeUnits: number;
  readonly body: Uint8Array;
}

export class RecordedDynamoDb {
  readonly #endpoint: string;
  #answers: Answer[] = [];
  /** Undefined while recording. */
  #next: number | undefined;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** What was sent while it was recorded. */
  get calls(): readonly Answer[] {
    return this.#answers;
  }

  record(): void {
    this.#answers = [];
    this.#next = undefined;
  }

  replay(): void {
    this.#next = 0;
  }

  async handle(request: HttpRequest) {
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    const { statusCode, body } = this.#next === undefined ? await this.#ask(operation, request) : this.#nextAnswer(operation);
    return { response: { statusCode, headers: { 'content-type': 'application/x-amz-json-1.0' }, body } };
  }

  #nextAnswer(operation: string): Answer {
    const index = this.#next ?? 0;
    const answer = this.#answers[index % this.#answers.length];
    if (answer?.operation !== operation) throw new Error(`${operation} came, and ${answer?.operation} was recorded`);
    this.#next = index + 1;
    return answer;
  }

  async #ask(operation: string, { method, headers, body }: HttpRequest): Promise<Answer> {
    // Asked for behind the contender's back: DynamoDB on this machine checks no signature.
    const { 'content-length': _, ...rest } = headers;
    const question = JSON.stringify({ ...JSON.parse(Buffer.concat([body]).toString()), ReturnConsumedCapacity: 'TOTAL' });
    const response = await fetch(this.#endpoint, { method, headers: rest, body: question });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const answer = {
      operation,
      bytesSent: body.byteLength,
      statusCode: response.status,
      writeUnits: [JSON.parse(Buffer.from(bytes).toString()).ConsumedCapacity ?? []]
        .flat()
        .reduce((sum: number, { CapacityUnits = 0 }) => sum + CapacityUnits, 0),
      body: bytes,
    };
    this.#answers.push(answer);
    return answer;
  }

  destroy(): void {}

  updateHttpClientConfig(): void {}

  httpHandlerConfigs() {
    return {};
  }
}
