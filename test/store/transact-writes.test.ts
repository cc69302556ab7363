import { describe, expect, it } from 'vitest';
import { InvalidWritesError, mostWrites, toTransactItems } from '../../lib/store/transact-writes.ts';

const TableName = 'contacts';
const put = (id: unknown, more: object = {}) => ({ Put: { TableName, Item: { id, ...more } } });
const update = (id: string) => ({
  Update: { TableName, Key: { id }, UpdateExpression: 'SET a = :a', ExpressionAttributeValues: { ':a': 1 } },
});
const remove = (Key: object, table = TableName) => ({ Delete: { TableName: table, Key } });
const check = (id: string) => ({ ConditionCheck: { TableName, Key: { id }, ConditionExpression: 'attribute_exists(id)' } });

const convert = (writes: unknown, options = {}) => toTransactItems(writes, undefined, options);
const refusalOf = (writes: unknown, record?: { tableName: string; id: string }) => {
  try {
    toTransactItems(writes, record, {});
  } catch (error) {
    if (error instanceof InvalidWritesError) return error;
    throw error;
  }
  return undefined;
};
/** Together with its name and the id, as many bytes as are asked for. */
const ofSize = (id: string, size: number) => put(id, { a: 'x'.repeat(size - 'id'.length - id.length - 'a'.length) });

const largestItem = 400 * 1024;
const largestTransaction = 4 * 1024 * 1024 - 20 * 1024;

describe('the writes of a commit', () => {
  it('are brought into the form of DynamoDB, and are otherwise left as they are', () => {
    expect(convert([put('a', { n: 1 }), update('b'), remove({ id: 'c' }), check('d')])).toEqual([
      { Put: { TableName, Item: { id: { S: 'a' }, n: { N: '1' } } } },
      {
        Update: {
          TableName,
          Key: { id: { S: 'b' } },
          UpdateExpression: 'SET a = :a',
          ExpressionAttributeValues: { ':a': { N: '1' } },
        },
      },
      { Delete: { TableName, Key: { id: { S: 'c' } } } },
      { ConditionCheck: { TableName, Key: { id: { S: 'd' } }, ConditionExpression: 'attribute_exists(id)' } },
    ]);
  });

  it('are converted as the client was told to convert, keys, items and values alike', () => {
    const options = { removeUndefinedValues: true, convertTopLevelContainer: true };
    const writes = [
      put('a', { b: undefined }),
      { Delete: { TableName, Key: { id: 'b', c: undefined }, ExpressionAttributeValues: { ':d': { e: undefined } } } },
    ];
    expect(convert(writes, options)).toEqual([
      { Put: { TableName, Item: { id: { S: 'a' } } } },
      { Delete: { TableName, Key: { id: { S: 'b' } }, ExpressionAttributeValues: { ':d': { M: {} } } } },
    ]);
    expect(() => convert(writes)).toThrow('write 0 has a value that DynamoDB has no form for');
  });

  it('may have an operation that is there and undefined', () => {
    expect(convert([{ ...put('a'), Delete: undefined }])).toEqual([{ Put: { TableName, Item: { id: { S: 'a' } } } }]);
  });

  it('may be none', () => {
    expect(convert([])).toEqual([]);
  });

  it.each([undefined, null, 'text', {}, { length: 1 }])('are refused when they are no list but %j', writes => {
    expect(refusalOf(writes)?.message).toBe('the writes must be a list');
  });

  it('are 99 at most: the record is the hundredth', () => {
    expect(mostWrites).toBe(99);
    const writes = Array.from({ length: 99 }, (_, index) => put(`${index}`));
    expect(convert(writes)).toHaveLength(99);
    expect(refusalOf([...writes, put('more')])?.message).toBe('a commit takes 99 writes at most, got 100');
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'Put'],
    ['a list', [put('b')]],
    ['no operation', {}],
    ['an operation of another kind', { Get: { TableName, Key: { id: 'b' } } }],
    ['two operations', { ...put('b'), ...remove({ id: 'c' }) }],
  ])('are refused when one is %s, and the place is said', (_what, write) => {
    expect(refusalOf([put('a'), write])).toMatchObject({
      name: 'InvalidWritesError',
      message: 'write 1 must have exactly one of Put, Update, Delete, ConditionCheck',
    });
  });

  it.each([
    ['Put', null, 'must name its table in TableName'],
    ['Put', [], 'must name its table in TableName'],
    ['Put', { Item: { id: 'a' } }, 'must name its table in TableName'],
    ['Put', { TableName: 1, Item: { id: 'a' } }, 'must name its table in TableName'],
    ['Put', { TableName }, 'must have an Item'],
    ['Put', { TableName, Item: [] }, 'must have an Item'],
    ['Put', { TableName, Key: { id: 'a' } }, 'must have an Item'],
    ['Update', { TableName, Item: { id: 'a' } }, 'must have a Key'],
    ['Delete', { TableName, Key: 'a' }, 'must have a Key'],
    ['ConditionCheck', { TableName, Key: null }, 'must have a Key'],
  ])('are refused when one is %s: %j', (operation, details, problem) => {
    expect(refusalOf([{ [operation]: details }])?.message).toBe(`write 0 ${problem}`);
  });

  it('are refused when DynamoDB has no form for a value, with the reason as the cause', () => {
    const refusal = refusalOf([put('a', { n: Number.NaN })]);
    expect(refusal).toMatchObject({ message: 'write 0 has a value that DynamoDB has no form for', cause: expect.any(Error) });
  });
});

describe('writes on the idempotency record', () => {
  const record = { tableName: 'idempotency', id: 'r' };
  const message = 'write 1 is on the idempotency record, which commit writes itself: fence() is for other transactions';

  it.each([
    ['Put', { Put: { TableName: 'idempotency', Item: { id: 'r', more: 1 } } }],
    ['Update', { Update: { TableName: 'idempotency', Key: { id: 'r' }, UpdateExpression: 'SET a = b' } }],
    ['Delete', remove({ id: 'r' }, 'idempotency')],
    ['ConditionCheck', { ConditionCheck: { TableName: 'idempotency', Key: { id: 'r' }, ConditionExpression: 'x' } }],
  ])('are refused: %s', (_operation, write) => {
    expect(refusalOf([put('a'), write], record)?.message).toBe(message);
  });

  it.each([
    ['the same id in another table', remove({ id: 'r' })],
    ['another id in the same table', remove({ id: 's' }, 'idempotency')],
    ['the same id as a number', remove({ id: 5 }, 'idempotency')],
    ['an item of the same table without an id', remove({ name: 'r' }, 'idempotency')],
  ])('are not taken for %s', (_what, write) => {
    expect(refusalOf([put('a'), write], record)).toBeUndefined();
  });

  it('are allowed where there is no record', () => {
    expect(refusalOf([remove({ id: 'r' }, 'idempotency')])).toBeUndefined();
  });
});

describe('two writes on one item', () => {
  it.each([
    ['two updates', [update('a'), update('a')]],
    ['an update and a check', [update('a'), check('a')]],
    ['two checks', [check('a'), check('a')]],
    ['a deletion and a put, whose key the deletion shows', [remove({ id: 'a' }), put('a', { more: 1 })]],
    ['a put and a deletion that comes after it', [put('a', { more: 1 }), remove({ id: 'a' })]],
    ['two puts, when another write shows the key', [put('a', { n: 1 }), put('a', { n: 2 }), remove({ id: 'b' })]],
    ['two puts of the same', [put('a', { n: 1 }), put('a', { n: 1 })]],
    ['a key whose parts come in another order', [remove({ id: 'a', at: 1 }), remove({ at: 1, id: 'a' })]],
    ['a put whose members come in another order', [put('a', { n: 1 }), { Put: { TableName, Item: { n: 1, id: 'a' } } }]],
  ])('are refused, and both places said: %s', (_what, writes) => {
    expect(refusalOf(writes)?.message).toBe('write 1 is on the same item as write 0: a transaction takes one operation for each item');
  });

  it('are refused wherever they stand', () => {
    expect(refusalOf([put('x'), update('a'), update('b'), update('a')])?.message).toMatch(/^write 3 is on the same item as write 1:/);
  });

  it.each([
    ['two items', [update('a'), update('b')]],
    ['one key in two tables', [remove({ id: 'a' }), remove({ id: 'a' }, 'others')]],
    ['one text and one number', [remove({ id: '1' }), remove({ id: 1 })]],
    ['keys that differ in their second part', [remove({ id: 'a', at: 1 }), remove({ id: 'a', at: 2 })]],
    ['a put beside a deletion of another', [put('a', { n: 1 }), put('b', { n: 1 }), remove({ id: 'c' })]],
  ])('are not seen where there are %s', (_what, writes) => {
    expect(convert(writes)).toHaveLength(writes.length);
  });

  it('are left for DynamoDB to find where no write shows the key', () => {
    expect(convert([put('a', { n: 1 }), put('a', { n: 2 })])).toHaveLength(2);
  });
});

describe('the size of a commit', () => {
  it('is 400 KB at most for one item', () => {
    expect(convert([ofSize('a', largestItem)])).toHaveLength(1);
    expect(refusalOf([put('a'), ofSize('b', largestItem + 1)])?.message).toBe(
      'write 1 is an item of 409601 bytes, and DynamoDB takes 409600',
    );
  });

  it('is 4 MB at most for all, less what the record may take', () => {
    const full = Array.from({ length: 10 }, (_, index) => ofSize(`${index}`, largestItem));
    const rest = largestTransaction - 10 * largestItem;
    expect(convert([...full, ofSize('x', rest)])).toHaveLength(11);
    expect(refusalOf([...full, ofSize('x', rest + 1)])).toMatchObject({
      name: 'InvalidWritesError',
      message: `the items of a commit may have ${largestTransaction} bytes together, got ${largestTransaction + 1}`,
    });
  });
});
