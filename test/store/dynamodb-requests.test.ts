/** The requests as data: what is asked of DynamoDB, and on what condition, word for word. What it makes of them is in the store contract. */
import { describe, expect, it } from 'vitest';
import { newClaim } from '../../lib/protocol/record.ts';
import { claimItem } from '../../lib/store/dynamodb-item.ts';
import {
  amendRequest,
  claimRequest,
  commitRequest,
  completeRequest,
  fenceOf,
  idempotencyTableDefinition,
  readBodyRequest,
  readRequest,
  releaseRequest,
  takeOverRequest,
  writeBodyRequest,
} from '../../lib/store/dynamodb-requests.ts';

const TableName = 'table';
const claim = newClaim({ id: 'id', fingerprint: 'f', owner: 'me', attempt: 1, now: 1_000, leaseMs: 10_000, retentionMs: 60_000 });
const Item = { id: { S: 'id' }, part: { B: new Uint8Array([1]) } };
const Key = { id: { S: 'id' } };

/** Met by an item in that state that carries the owner's token; when it isn't met, the answer shows the item that is there. */
const whileHeld = (owner: string, state: 'claimed' | 'completed') => ({
  ConditionExpression: '#owner = :owner AND #state = :state',
  ExpressionAttributeNames: { '#owner': 'owner', '#state': 'state' },
  ExpressionAttributeValues: { ':owner': { S: owner }, ':state': { S: state } },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
});

describe('a request', () => {
  it('claims a key that nobody has, or had until now', () => {
    expect(claimRequest(TableName, claim, 1_234)).toEqual({
      TableName,
      Item: claimItem(claim),
      ConditionExpression: 'attribute_not_exists(id) OR expiresAt <= :now',
      ExpressionAttributeValues: { ':now': { N: '1234' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  it('takes a claim over from the owner that was seen, not from another', () => {
    expect(takeOverRequest(TableName, claim, 'other')).toEqual({ TableName, Item: claimItem(claim), ...whileHeld('other', 'claimed') });
  });

  it('completes, while the claim stands', () => {
    expect(completeRequest(TableName, Item, 'me')).toEqual({ TableName, Item, ...whileHeld('me', 'claimed') });
  });

  it('amends what its owner has completed', () => {
    expect(amendRequest(TableName, Item, 'me')).toEqual({ TableName, Item, ...whileHeld('me', 'completed') });
  });

  it('releases the claim, while it stands', () => {
    expect(releaseRequest(TableName, claim)).toEqual({ TableName, Key, ...whileHeld('me', 'claimed') });
  });

  it('commits the writes in their order, the record last, under a token', () => {
    const writes = [{ Delete: { TableName: 'a', Key } }, { Put: { TableName: 'b', Item } }];
    expect(commitRequest(TableName, writes, Item, 'me', 'token')).toEqual({
      TransactItems: [...writes, { Put: { TableName, Item, ...whileHeld('me', 'claimed') } }],
      ClientRequestToken: 'token',
    });
  });

  it('fences another transaction on condition that the claim stands, in the form of a document client', () => {
    expect(fenceOf(TableName, claim)).toEqual({
      ConditionCheck: {
        TableName,
        Key: { id: 'id' },
        ConditionExpression: '#owner = :owner AND #state = :state',
        ExpressionAttributeNames: { '#owner': 'owner', '#state': 'state' },
        ExpressionAttributeValues: { ':owner': 'me', ':state': 'claimed' },
      },
    });
  });

  it('reads what was written before it', () => {
    expect(readRequest(TableName, 'id')).toEqual({ TableName, Key, ConsistentRead: true });
    expect(readBodyRequest(TableName, ['id', 'other'])).toEqual({
      RequestItems: { table: { Keys: [Key, { id: { S: 'other' } }], ConsistentRead: true } },
    });
  });

  it('writes body items, whose names nobody else has, without a condition', () => {
    expect(writeBodyRequest(TableName, [Item])).toEqual({ RequestItems: { table: [{ PutRequest: { Item } }] } });
  });
});

describe('idempotencyTableDefinition', () => {
  it('has a partition key, no sort key, and no capacity to pay for while nothing happens', () => {
    expect(idempotencyTableDefinition(TableName)).toEqual({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    });
  });
});
