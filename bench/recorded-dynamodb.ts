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
    const response = await fetch(this.#endpoint, { method, headers, body });
    const answer = {
      operation,
      bytesSent: Buffer.byteLength(body),
      statusCode: response.status,
      body: new Uint8Array(await response.arrayBuffer()),
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
