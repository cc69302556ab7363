/** The format of the items, member by member: what one release writes, the next one reads. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { completed, newClaim } from '../../lib/protocol/record.ts';
import {
  claimItem,
  completionItems,
  formatVersion,
  fromItem,
  type Item,
  UnreadableItemError,
  unpackOrRefuse,
} from '../../lib/store/dynamodb-item.ts';
import { packResponse } from '../../lib/store/response-codec.ts';

const claim = newClaim({ id: 'id', fingerprint: 'f', owner: 'me', attempt: 2, now: 1_000, leaseMs: 10_000, retentionMs: 59_001 });
const small = { statusCode: 200, body: 'x' };
const large = { statusCode: 200, body: randomBytes(20_000).toString('base64'), isBase64Encoded: true };
const common = {
  id: { S: 'id' },
  v: { N: '1' },
  fingerprint: { S: 'f' },
  owner: { S: 'me' },
  attempt: { N: '2' },
  claimedAt: { N: '1000' },
  expiresAt: { N: '60001' },
  // Seconds, rounded up: DynamoDB deletes nothing that has not expired.
  ttl: { N: '61' },
};

describe('an item', () => {
  it('of a claim has its lease', () => {
    expect(claimItem(claim)).toEqual({ ...common, state: { S: 'claimed' }, leaseUntil: { N: '11000' } });
  });

  it('of a completed record has its response, and no lease', () => {
    expect(completionItems(completed(claim, small, 59_001), 'completed')).toEqual({
      item: { ...common, state: { S: 'completed' }, response: { B: packResponse(small) } },
      bodyItems: [],
    });
  });

  it('of a committed record names the commit, and one without it is read all the same', () => {
    const record = { ...completed(claim, small, 59_001), commit: 'token' };
    const { item } = completionItems(record, 'token');
    expect(item).toEqual({ ...common, state: { S: 'completed' }, commit: { S: 'token' }, response: { B: packResponse(small) } });
    const asRead = { ...record, response: { packed: packResponse(small) } };
    expect(fromItem(item)).toEqual(asRead);
    const { commit: _, ...older } = item;
    expect(fromItem(older)).toEqual({ ...asRead, commit: undefined });
    expect(() => fromItem({ ...item, commit: { N: '1' } })).toThrow('has no string attribute "commit"');
  });

  it('of a large response counts its body items, which are named by their revision and expire with it', () => {
    const { item, bodyItems } = completionItems(completed(claim, large, 59_001), 'r');
    expect(item).toEqual({ ...common, state: { S: 'completed' }, bodyItems: { N: '1' }, bodyRevision: { S: 'r' } });
    expect(bodyItems).toEqual([{ id: { S: 'id/me/r/0' }, part: { B: packResponse(large) }, v: { N: '1' }, ttl: { N: '61' } }]);
    expect(fromItem(item)).toMatchObject({ state: 'completed', response: { bodyItems: 1, revision: 'r' } });
  });

  it('has a format of version 1', () => {
    expect(formatVersion).toBe(1);
  });
});

describe('an item that this release did not write', () => {
  const read = (change: (item: Item) => unknown, item: Item = completionItems(completed(claim, small, 59_001), 'completed').item) => {
    change(item);
    return () => fromItem(item);
  };
  const withLarge = () => completionItems(completed(claim, large, 59_001), 'completed').item;

  it.each([['v'], ['attempt'], ['claimedAt'], ['expiresAt']])('is refused without a number in "%s"', name => {
    const message = `has no number attribute "${name}"`;
    expect(read(item => delete item[name])).toThrow(new UnreadableItemError(message));
    expect(read(item => Object.assign(item, { [name]: { S: '1' } }))).toThrow(new UnreadableItemError(message));
    expect(read(item => Object.assign(item, { [name]: { N: 'one' } }))).toThrow(new UnreadableItemError(message));
  });

  it.each([['id'], ['fingerprint'], ['owner'], ['state']])('is refused without a string in "%s"', name => {
    const message = `has no string attribute "${name}"`;
    expect(read(item => delete item[name])).toThrow(new UnreadableItemError(message));
    expect(read(item => Object.assign(item, { [name]: { N: '1' } }))).toThrow(new UnreadableItemError(message));
  });

  it('is refused when it is a claim without a lease', () => {
    expect(read(item => delete item.leaseUntil, claimItem(claim))).toThrow('has no number attribute "leaseUntil"');
  });

  it('is refused when its response is neither in it nor counted', () => {
    expect(read(item => delete item.response)).toThrow('has no binary attribute "response"');
    expect(read(item => Object.assign(item, { response: { S: 'x' } }))).toThrow('has no binary attribute "response"');
    expect(read(item => Object.assign(item, { bodyItems: { S: '1' } }), withLarge())).toThrow('has no number attribute "bodyItems"');
    expect(read(item => delete item.bodyRevision, withLarge())).toThrow('has no string attribute "bodyRevision"');
  });

  it('is refused when its response can not be unpacked, with the reason as the cause', () => {
    expect(() => unpackOrRefuse(Buffer.from('garbage'))).toThrow(
      expect.objectContaining({
        name: 'UnreadableItemError',
        message: "has a response that can't be unpacked",
        cause: expect.objectContaining({ message: `unknown packing ${'g'.charCodeAt(0)}` }),
      }),
    );
  });

  it('is refused in another version, and in another state', () => {
    expect(read(item => Object.assign(item, { v: { N: '2' } }))).toThrow('has format version 2, and this release reads 1');
    expect(read(item => Object.assign(item, { state: { S: 'paused' } }))).toThrow('is in an unknown state');
  });
});
