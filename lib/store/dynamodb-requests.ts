/**
 * The conditions under which the idempotency table is written, as command inputs. Pure. What the protocol relies on is all
 * here: nothing else writes to the table.
 */
import type { CreateTableCommandInput, DeleteItemCommandInput, GetItemCommandInput, PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { ClaimedRecord, CompletedRecord, EpochMs } from '../protocol/record.ts';
import { toItem } from './dynamodb-item.ts';
import { attribute } from './table-schema.ts';

/** A claim, on condition that nobody holds the key. When somebody does, the failure brings the record: no read is needed. */
export function claimRequest(tableName: string, claim: ClaimedRecord, now: EpochMs): PutItemCommandInput {
  return {
    TableName: tableName,
    Item: toItem(claim),
    ConditionExpression: 'attribute_not_exists(#id) OR #expiresAt <= :now',
    ExpressionAttributeNames: { '#id': attribute.id, '#expiresAt': attribute.expiresAt },
    ExpressionAttributeValues: { ':now': { N: String(now) } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/** A claim in place of `seenOwner`'s, on condition that it is still there. Whether its lease is over was decided before. */
export function takeOverRequest(tableName: string, claim: ClaimedRecord, seenOwner: string): PutItemCommandInput {
  return { TableName: tableName, Item: toItem(claim), ...whileClaimedBy(seenOwner) };
}

export function completeRequest(tableName: string, record: CompletedRecord): PutItemCommandInput {
  return { TableName: tableName, Item: toItem(record), ...whileClaimedBy(record.owner) };
}

export function releaseRequest(tableName: string, claim: ClaimedRecord): DeleteItemCommandInput {
  return { TableName: tableName, Key: { [attribute.id]: { S: claim.id } }, ...whileClaimedBy(claim.owner) };
}

export function readRequest(tableName: string, id: string): GetItemCommandInput {
  return { TableName: tableName, Key: { [attribute.id]: { S: id } }, ConsistentRead: true };
}

/**
 * The idempotency table for `CreateTableCommand`: on demand, and without time to live, which is switched on by a call of its
 * own (`UpdateTimeToLive` on the attribute `ttl`). For tests and local runs; deployments use the CDK construct.
 *
 * @example
 * await client.send(new CreateTableCommand(idempotencyTableDefinition('idempotency')));
 */
export function idempotencyTableDefinition(tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: attribute.id, AttributeType: 'S' }],
    KeySchema: [{ AttributeName: attribute.id, KeyType: 'HASH' }],
  };
}

function whileClaimedBy(owner: string) {
  return {
    ConditionExpression: '#owner = :owner AND #state = :claimed',
    ExpressionAttributeNames: { '#owner': attribute.owner, '#state': attribute.state },
    ExpressionAttributeValues: { ':owner': { S: owner }, ':claimed': { S: 'claimed' } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } as const;
}
