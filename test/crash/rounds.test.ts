/**
 * Rounds of one operation on DynamoDB Local, in which every call may be lost, lost after it was applied, or the last of its process,
 * and the client retries until it is told of success. With `commit`, and for comparison with the record stored after the effect.
 * `ROUNDS` sets how many.
 */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type IdempotentContext, idempotencyTableDefinition, type Write } from '../../lib/index.ts';
import { randomChoices } from '../explorer/choices.ts';
import { createTable, dynamoDbEndpoint, newClient } from '../support/dynamodb.ts';
import { type FaultProxy, Gate, startFaultProxy } from '../support/fault-proxy.ts';
import { deploy, type LambdaResponse, newKey, requestOf } from '../support/forms.ts';

const rounds = Number(process.env.ROUNDS ?? 1_000);
const timeout = 600_000;

let proxy: FaultProxy;
beforeAll(async () => {
  proxy = await startFaultProxy(dynamoDbEndpoint());
});
afterAll(() => proxy.stop());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  return () => {
    vi.useRealTimers();
  };
});

interface Tally {
  doubled: number;
  missing: number;
  differing: number;
  requests: number;
}

async function play(commits: boolean, firstSeed: number): Promise<Tally> {
  const effectsTable = await createTable(idempotencyTableDefinition);
  const client = newClient({ endpoint: proxy.endpoint, maxAttempts: 2 });
  const documents = DynamoDBDocumentClient.from(client);
  let runs = 0;
  const { lambda } = await deploy(
    'wrapper',
    async (event: { body: string }, { idempotency }: IdempotentContext) => {
      const round = event.body;
      const writes: Write[] = [{ Put: { TableName: effectsTable, Item: { id: `${round}/${++runs}` } } }];
      const response = { statusCode: 201, headers: {}, body: `run ${runs}` };
      if (commits) return idempotency.commit(response, writes);
      await documents.send(new TransactWriteCommand({ TransactItems: writes }));
      return response;
    },
    { client, onEvent: () => {} },
  );

  const tally: Tally = { doubled: 0, missing: 0, differing: 0, requests: 0 };
  const gates: Gate[] = [];
  for (let round = 0; round < rounds; round++) {
    const choices = randomChoices(firstSeed + round);
    const key = newKey();
    const successes = new Set<string>();
    // Once it was told of success a client asks twice more, for the answers must agree.
    for (let told = 0; told < 3; ) {
      const isCalm = told > 0;
      const crash = Promise.withResolvers<'crashed'>();
      const faults = isCalm ? 0 : choices.choose(3);
      for (let n = 0; n < faults; n++) injectOne(choices, gates, crash);
      tally.requests++;
      const answered = lambda(requestOf({ key, body: String(round) }), { getRemainingTimeInMillis: () => 1_000 }).catch(
        () => 'threw' as const,
      );
      const response: LambdaResponse | 'threw' | 'crashed' = await Promise.race([answered, crash.promise]);
      proxy.reset();
      if (typeof response === 'object' && response.statusCode === 201) {
        successes.add(response.body);
        told++;
      } else if (choices.choose(2) === 0) vi.setSystemTime(Date.now() + 60_000);
      // Whoever was thought dead may yet be thawed, and go on where it stood.
      if (choices.choose(3) === 0) for (const gate of gates.splice(0)) gate.open();
    }
    if (successes.size > 1) tally.differing++;
  }
  for (const gate of gates) gate.open();
  const effects = await effectsByRound(effectsTable);
  for (let round = 0; round < rounds; round++) {
    const count = effects.get(String(round)) ?? 0;
    if (count === 0) tally.missing++;
    if (count > 1) tally.doubled++;
  }
  return tally;
}

function injectOne(choices: ReturnType<typeof randomChoices>, gates: Gate[], crash: PromiseWithResolvers<'crashed'>): void {
  const operation = (['PutItem', 'TransactWriteItems', 'PutItem', 'GetItem'] as const)[choices.choose(4)] ?? 'PutItem';
  const skip = operation === 'PutItem' ? choices.choose(2) : 0;
  const times = 1 + choices.choose(2);
  const kind = choices.choose(4);
  if (kind < 2) {
    proxy.inject(operation, { kind: kind === 0 ? 'lost-before' : 'lost-after' }, { skip, times });
    return;
  }
  const gate = new Gate();
  gates.push(gate);
  void gate.reached.then(() => crash.resolve('crashed'));
  proxy.inject(operation, { kind: 'hold', where: kind === 2 ? 'before' : 'after', gate }, { skip });
}

async function effectsByRound(tableName: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let ExclusiveStartKey: Record<string, { S: string }> | undefined;
  do {
    const page = await newClient().send(new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey }));
    for (const item of page.Items ?? []) {
      const round = String(item.id?.S).replace(/\/.*/, '');
      counts.set(round, (counts.get(round) ?? 0) + 1);
    }
    ExclusiveStartKey = page.LastEvaluatedKey as typeof ExclusiveStartKey;
  } while (ExclusiveStartKey !== undefined);
  return counts;
}

describe(`${rounds} rounds of faults, crashes and late survivors, with retries until success`, () => {
  it('commit: every operation happens once, and every success is the same', { timeout }, async () => {
    const tally = await play(true, 1);
    console.log(`commit: ${JSON.stringify(tally)}`);
    expect(tally).toMatchObject({ doubled: 0, missing: 0, differing: 0 });
    expect(tally.requests).toBeGreaterThan(rounds * 3);
  });

  it('the record stored after the effect: some operations happen twice, which is what commit is for', { timeout }, async () => {
    const tally = await play(false, 1);
    console.log(`the record after the effect: ${JSON.stringify(tally)}`);
    expect(tally.missing).toBe(0);
    expect(tally.doubled).toBeGreaterThan(0);
  });
});
