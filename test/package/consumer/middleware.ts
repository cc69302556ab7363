/** What a user writes in an ES module. */
import { randomUUID } from 'node:crypto';
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { type IdempotentContext, idempotency, idempotencyTableDefinition } from 'middy-idempotency-key';

async function createContact(event: APIGatewayProxyEvent, { idempotency }: IdempotentContext): Promise<APIGatewayProxyResult> {
  const id: string = randomUUID();
  return { statusCode: 201, body: JSON.stringify({ id, attempt: idempotency.attempt, path: event.path }) };
}

export const handler = middy(createContact).use(idempotency({ required: true }));
export const tableName: string | undefined = idempotencyTableDefinition('keys').TableName;
