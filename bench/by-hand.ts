/**
 * The floor of the comparison: what a competent engineer writes in an hour. A claim that fails when the key is taken, with the item
 * it met; the response as JSON in the item. No lease, no owner token, no waiting, and no response over 400 KB.
 */
import { createHash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { BenchEvent, BenchResponse } from './contenders.ts';

const retentionSeconds = 86_400;

/** `isCareful`: its calls end in time, and what it stores is compressed. */
export function byHand(client: Pick<DynamoDBClient, 'send'>, TableName: string, handler: () => Promise<BenchResponse>, isCareful: boolean) {
  const callOptions = () => (isCareful ? { abortSignal: AbortSignal.timeout(5000) } : undefined);
  const pack = (response: string): AttributeValue => (isCareful ? { B: zstdCompressSync(response) } : { S: response });
  const unpack = ({ S, B }: AttributeValue) => S ?? zstdDecompressSync(B ?? '').toString();
  return async ({ httpMethod, path, headers }: BenchEvent): Promise<BenchResponse> => {
    const id = createHash('sha256').update(`${headers['x-api-key']}\n${headers['Idempotency-Key']}`).digest('hex');
    const request = `${httpMethod} ${path}`;
    const now = Math.floor(Date.now() / 1000);
    try {
      await client.send(
        new PutItemCommand({
          TableName,
          Item: { id: { S: id }, request: { S: request }, ttl: { N: String(now + retentionSeconds) } },
          ConditionExpression: 'attribute_not_exists(id) OR #ttl <= :now',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: { ':now': { N: String(now) } },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
        callOptions(),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
      if (error.Item.request?.S !== request) return { statusCode: 422, headers: {}, body: '{"error":"conflict"}' };
      const stored = error.Item.response;
      if (stored === undefined) return { statusCode: 409, headers: {}, body: '{"error":"in progress"}' };
      const response: BenchResponse = JSON.parse(unpack(stored));
      return { ...response, headers: { ...response.headers, 'Idempotent-Replayed': 'true' } };
    }
    const response = await handler();
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key: { id: { S: id } },
        UpdateExpression: 'SET #response = :response',
        ExpressionAttributeNames: { '#response': 'response' },
        ExpressionAttributeValues: { ':response': pack(JSON.stringify(response)) },
      }),
      callOptions(),
    );
    return response;
  };
}
