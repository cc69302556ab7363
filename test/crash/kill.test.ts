/** Real process deaths: SIGKILL before and after every call of a request, then a retry. On DynamoDB Local, behind the fault proxy. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type CreateTableCommandInput, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idempotencyTableDefinition } from '../../lib/index.ts';
import { createTable, dynamoDbEndpoint, newClient } from '../support/dynamodb.ts';
import { type FaultProxy, Gate, startFaultProxy } from '../support/fault-proxy.ts';
import { type LambdaResponse, newKey, requestOf } from '../support/forms.ts';
import type { Invocation } from './handler-process.ts';

const script = fileURLToPath(new URL('handler-process.ts', import.meta.url));
const effectsDefinition = (tableName: string): CreateTableCommandInput => ({ ...idempotencyTableDefinition(tableName) });

let proxy: FaultProxy;
let base: Omit<Invocation, 'run' | 'clockAheadMs' | 'count' | 'commits'>;
const children: ChildProcess[] = [];
beforeEach(async () => {
  proxy = await startFaultProxy(dynamoDbEndpoint());
  base = {
    endpoint: proxy.endpoint,
    idempotencyTable: await createTable(idempotencyTableDefinition),
    effectsTable: await createTable(effectsDefinition),
    event: requestOf({ key: newKey() }),
  };
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await proxy.stop();
});

function start(invocation: Pick<Invocation, 'run' | 'clockAheadMs' | 'count' | 'commits'>) {
  const child = spawn(process.execPath, [script, JSON.stringify({ ...base, ...invocation })], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let output = '';
  child.stdout.on('data', chunk => {
    output += chunk;
  });
  const ended = once(child, 'close');
  const answer = async (): Promise<LambdaResponse> => {
    await ended;
    return JSON.parse(output);
  };
  return { child, ended, answer };
}

const effectRuns = async () => {
  const { Items } = await newClient().send(new ScanCommand({ TableName: base.effectsTable, ConsistentRead: true }));
  const counts: Record<string, number> = {};
  for (const item of Items ?? []) {
    const run = String(item.id?.S).replace(/\/.*/, '');
    counts[run] = (counts[run] ?? 0) + 1;
  }
  return counts;
};

const calls = ['PutItem', 'TransactWriteItems'] as const;
const deaths = calls.flatMap(operation => (['before', 'after'] as const).map(where => ({ operation, where })));

describe.each([1, 99])('a commit of %i effects', count => {
  it.each(deaths)('killed $where its $operation happens once, all of it, and every success is the same', async ({ operation, where }) => {
    const gate = new Gate();
    proxy.inject(operation, { kind: 'hold', where, gate });
    const first = start({ run: 'first', clockAheadMs: 0, count, commits: true });
    await gate.reached;
    first.child.kill('SIGKILL');
    await first.ended;
    gate.open();
    // A call that was on its way when its caller died still arrives.
    await expect.poll(() => proxy.calls.every(call => call.status !== undefined)).toBe(true);

    const during = await start({ run: 'second', clockAheadMs: 0, count, commits: true }).answer();
    const later = await start({ run: 'third', clockAheadMs: 60_000, count, commits: true }).answer();
    const again = await start({ run: 'fourth', clockAheadMs: 60_000, count, commits: true }).answer();
    const isCommitted = operation === 'TransactWriteItems';
    // Held `before`, the call arrives after all, once the gate is open: DynamoDB can't know that its caller is dead.
    expect(during).toMatchObject(isCommitted ? { statusCode: 201, body: 'first' } : { statusCode: 409 });
    expect(later).toMatchObject({ statusCode: 201, body: isCommitted ? 'first' : 'third' });
    expect(again).toMatchObject({ statusCode: 201, body: later.body, headers: { 'Idempotent-Replayed': 'true' } });
    expect(await effectRuns()).toEqual({ [later.body]: count });
  });
});

describe.each([1, 99])('a commit of %i effects by a process that is frozen, and thawed after its lease', count => {
  it.each(deaths)('$where its $operation does nothing beside its successor, whose answer it gets', async ({ operation, where }) => {
    const gate = new Gate();
    proxy.inject(operation, { kind: 'hold', where, gate });
    const first = start({ run: 'first', clockAheadMs: 0, count, commits: true });
    await gate.reached;
    first.child.kill('SIGSTOP');
    const isHeldBeforeClaim = operation === 'PutItem' && where === 'before';
    const successor = start({ run: 'second', clockAheadMs: 60_000, count, commits: true });
    const later = await successor.answer();
    first.child.kill('SIGCONT');
    gate.open();
    const thawed = await first.answer();
    const isCommitted = operation === 'TransactWriteItems' && where === 'after';
    expect(later).toMatchObject({ statusCode: 201, body: isCommitted ? 'first' : 'second' });
    expect(thawed).toMatchObject({ statusCode: 201, body: later.body });
    if (isHeldBeforeClaim) expect(thawed.headers).toMatchObject({ 'Idempotent-Replayed': 'true' });
    expect(await effectRuns()).toEqual({ [later.body]: count });
  });
});

describe('an effect beside the record', () => {
  it.each([
    { what: 'claim', operation: 'PutItem', skip: 0, where: 'before' },
    { what: 'claim', operation: 'PutItem', skip: 0, where: 'after' },
    { what: 'effect', operation: 'TransactWriteItems', skip: 0, where: 'before' },
    { what: 'effect', operation: 'TransactWriteItems', skip: 0, where: 'after' },
    { what: 'completion', operation: 'PutItem', skip: 1, where: 'before' },
    { what: 'completion', operation: 'PutItem', skip: 1, where: 'after' },
  ] as const)(
    'killed $where its $what is not run again within its lease, and no key is stuck after it',
    async ({ operation, skip, where }) => {
      const gate = new Gate();
      proxy.inject(operation, { kind: 'hold', where, gate }, { skip });
      const first = start({ run: 'first', clockAheadMs: 0, count: 1, commits: false });
      await gate.reached;
      first.child.kill('SIGKILL');
      await first.ended;
      gate.open();
      await expect.poll(() => proxy.calls.every(call => call.status !== undefined)).toBe(true);

      const isCompleted = operation === 'PutItem' && skip === 1;
      const during = await start({ run: 'second', clockAheadMs: 0, count: 1, commits: false }).answer();
      expect(during).toMatchObject(isCompleted ? { statusCode: 201, body: 'first' } : { statusCode: 409 });
      const later = await start({ run: 'third', clockAheadMs: 60_000, count: 1, commits: false }).answer();
      expect(later).toMatchObject({ statusCode: 201, body: isCompleted ? 'first' : 'third' });
      const again = await start({ run: 'fourth', clockAheadMs: 60_000, count: 1, commits: false }).answer();
      expect(again).toMatchObject({ body: later.body, headers: { 'Idempotent-Replayed': 'true' } });
      expect(Object.keys(await effectRuns()).sort()).toEqual(operation === 'TransactWriteItems' ? ['first', 'third'] : [later.body]);
    },
  );

  it('killed between the two happens twice: what commit prevents', async () => {
    const gate = new Gate();
    proxy.inject('PutItem', { kind: 'hold', where: 'before', gate }, { skip: 1 });
    const first = start({ run: 'first', clockAheadMs: 0, count: 1, commits: false });
    await gate.reached;
    // The completion never arrives.
    await proxy.stop();
    first.child.kill('SIGKILL');
    await first.ended;
    proxy = await startFaultProxy(dynamoDbEndpoint());
    base = { ...base, endpoint: proxy.endpoint };
    const later = await start({ run: 'second', clockAheadMs: 60_000, count: 1, commits: false }).answer();
    expect(later).toMatchObject({ statusCode: 201, body: 'second' });
    expect(await effectRuns()).toEqual({ first: 1, second: 1 });
  });
});
