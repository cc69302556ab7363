/**
 * The conditions under which the idempotency table is written, as command inputs. Pure. What the protocol relies on is all
 * here: nothing else writes to the table.
 */
import type {
  BatchGetItemCommandInput,
  BatchWriteItemCommandInput,
  CreateTableCommandInput,
  DeleteItemCommandInput,
  GetItemCommandInput,
  PutItemCommandInput,
  TransactWriteItem,
  TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { ClaimedRecord, EpochMs } from '../protocol/record.ts';
import { claimItem, type Item } from './dynamodb-item.ts';
import type { Fence } from './store.ts';
import * as attribute from './table-schema.ts';

/** A claim, on condition that nobody holds the key. When somebody does, the failure brings the record: no read is needed. */
export function claimRequest(tableName: string, claim: ClaimedRecord, now: EpochMs): PutItemCommandInput {
  return {
    TableName: tableName,
    Item: claimItem(claim),
    ConditionExpression: `attribute_not_exists(${attribute.id}) OR ${attribute.expiresAt} <= :now`,
    ExpressionAttributeValues: { ':now': { N: String(now) } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/** A claim in place of `seenOwner`'s, on condition that it is still there. Whether its lease is over was decided before. */
export function takeOverRequest(tableName: string, claim: ClaimedRecord, seenOwner: string): PutItemCommandInput {
  return { TableName: tableName, Item: claimItem(claim), ...whileClaimedBy(seenOwner) };
}

export function completeRequest(tableName: string, item: Item, owner: string): PutItemCommandInput {
  return { TableName: tableName, Item: item, ...whileClaimedBy(owner) };
}

/**
 * The handler's writes and the record's completion. The record comes last, so that DynamoDB's reason i for a cancellation belongs
 * to write i.
 */
export function commitRequest(
  tableName: string,
  writes: readonly TransactWriteItem[],
  item: Item,
  owner: string,
  token: string,
): TransactWriteItemsCommandInput {
  const completion = { Put: { TableName: tableName, Item: item, ...whileClaimedBy(owner) } };
  return { TransactItems: [...writes, completion], ClientRequestToken: token };
}

/** In place of the owner's own completed record. */
export function amendRequest(tableName: string, item: Item, owner: string): PutItemCommandInput {
  return { TableName: tableName, Item: item, ...whileHeldBy(owner, 'completed') };
}

export function fenceOf(tableName: string, claim: ClaimedRecord): Fence {
  const { ConditionExpression, ExpressionAttributeNames } = whileClaimedBy(claim.owner);
  return {
    ConditionCheck: {
      TableName: tableName,
      Key: { [attribute.id]: claim.id },
      ConditionExpression,
      ExpressionAttributeNames,
      ExpressionAttributeValues: { ':owner': claim.owner, ':state': 'claimed' },
    },
  };
}

/** The one write without a condition: these items are named by an owner token, so that nobody else writes them. */
export function writeBodyRequest(tableName: string, bodyItems: readonly Item[]): BatchWriteItemCommandInput {
  return { RequestItems: { [tableName]: bodyItems.map(Item => ({ PutRequest: { Item } })) } };
}

export function readBodyRequest(tableName: string, ids: readonly string[]): BatchGetItemCommandInput {
  return { RequestItems: { [tableName]: { Keys: ids.map(id => ({ [attribute.id]: { S: id } })), ConsistentRead: true } } };
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
  return whileHeldBy(owner, 'claimed');
}

function whileHeldBy(owner: string, state: 'claimed' | 'completed') {
  return {
    ConditionExpression: '#owner = :owner AND #state = :state',
    ExpressionAttributeNames: { '#owner': attribute.owner, '#state': attribute.state },
    ExpressionAttributeValues: { ':owner': { S: owner }, ':state': { S: state } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } as const;
}
