/** A small API, as a user of the library would write it, for clients that were written for other people's APIs. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import middy from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import {
  type IdempotencyEvent,
  type IdempotencyOptions,
  type IdempotentContext,
  idempotency,
  idempotencyTableDefinition,
} from 'middy-idempotency-key';
import type { ApiKey } from '../../bin/local/api-keys.ts';
import type { LambdaHandler } from '../../bin/local/lambda.ts';
import { apiServer } from '../../bin/local/server.ts';
import { createTable, newClient } from '../support/dynamodb.ts';
import { onLoopback } from '../support/loopback.ts';
import { type Fault, startFaultGateway } from './fault-gateway.ts';

/** How the handler makes its effect: with the stored response, or before it. */
export const styles = ['commit', 'effect, then response'] as const;
export type Style = (typeof styles)[number];

export interface PaymentsApiProps {
  readonly style?: Style;
  /** @default none */
  readonly faults?: readonly Fault[];
  readonly options?: IdempotencyOptions;
  /** Called in the handler where a crash or a delay would hurt most: before the commit, or after the effect. */
  readonly stand?: () => Promise<void>;
  /** What an invocation is given. @default 29 s, for which API Gateway would wait */
  readonly limitMs?: number;
}

/** `onTestFinished`: the running test's own, which ends the API. */
export async function startPaymentsApi(
  onTestFinished: (stop: () => Promise<void>) => void,
  { style = 'commit', faults = [], options = {}, stand = async () => {}, limitMs = 29_000 }: PaymentsApiProps = {},
) {
  const client = newClient();
  const events: IdempotencyEvent[] = [];
  // Its items have an `id`, too.
  const payments = await createTable(idempotencyTableDefinition);
  const tableName = options.tableName ?? (await createTable(idempotencyTableDefinition));
  const create = middy(style === 'commit' ? committing(payments, stand) : writingFirst(client, payments, stand)).use(
    idempotency({ client, onEvent: event => events.push(event), ...options, tableName }),
  );
  // Cast: Middy's type asks for its own options as a third argument, which Lambda never passes.
  const handlers = new Map(endpoints.map(({ name }) => [name, create as unknown as LambdaHandler]));
  const api = await onLoopback(apiServer(handlers, limitMs, { endpoints, apiKeyOf }));
  const gateway = await startFaultGateway(api.url, faults);
  onTestFinished(async () => {
    await gateway.stop();
    await api.stop();
    client.destroy();
  });
  return {
    url: gateway.url,
    attempts: gateway.attempts,
    /** What the API answered each attempt, in short. */
    answers: () =>
      gateway.attempts.map(({ answer }) => (answer === undefined ? 'none' : `${answer.status}${answer.replayed ? ' replayed' : ''}`)),
    /** What the middleware reported. */
    kinds: () => events.map(({ kind }) => kind),
    /** What the handlers wrote. */
    effects: async () => ((await client.send(new ScanCommand({ TableName: payments }))).Items ?? []).map(item => unmarshall(item)),
  };
}

function committing(payments: string, stand: () => Promise<void>) {
  return async (event: APIGatewayProxyEvent, { idempotency }: IdempotentContext) => {
    const payment = newPayment(event);
    await stand();
    return idempotency.commit(created(payment), [{ Put: { TableName: payments, Item: payment } }]);
  };
}

function writingFirst(client: DynamoDBClient, payments: string, stand: () => Promise<void>) {
  const document = DynamoDBDocumentClient.from(client);
  return async (event: APIGatewayProxyEvent) => {
    const payment = newPayment(event);
    await document.send(new PutCommand({ TableName: payments, Item: payment }));
    await stand();
    return created(payment);
  };
}

/** Another `id` each time: no two runs answer alike. */
function newPayment({ headers, body, isBase64Encoded }: APIGatewayProxyEvent) {
  const contentType = headers['content-type'] ?? headers['Content-Type'] ?? '';
  const text = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString();
  const name = contentType.startsWith('application/x-www-form-urlencoded') ? new URLSearchParams(text).get('name') : nameInJson(text);
  return { id: randomUUID(), name, createdAt: '2026-11-24T09:30:00.000Z' };
}

function nameInJson(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text).name : null;
}

function created(payment: object) {
  return { statusCode: 201, headers: { 'content-type': 'application/json' }, body: JSON.stringify(payment) };
}

/** Where the clients send what the tests let them make. */
const endpoints = [
  '/v1/customers',
  '/v1/products',
  '/v2/customers',
  '/v2/products',
  '/api/ledgers',
  '/api/counterparties',
  '/api/documents',
  '/api/v1/app',
  '/api/v1/event-type',
].map(resource => ({ name: `create at ${resource}`, method: 'POST', resource }) as const);

/** As with an authorizer as the source of API keys: each client sends its credentials as it likes. */
function apiKeyOf({ headers: { authorization } }: IncomingMessage): ApiKey | undefined {
  return authorization === undefined ? undefined : { id: authorization, name: 'client', value: authorization };
}
