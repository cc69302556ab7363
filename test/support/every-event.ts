/** Each kind of event, brought about by requests to a handler on DynamoDB Local. */
import { vi } from 'vitest';
import type { IdempotencyEvent, IdempotencyEventKind, IdempotencyOptions } from '../../lib/index.ts';
import { dynamoDbEndpoint, newClient } from './dynamodb.ts';
import { type Fault, type FaultProxy, Gate, startFaultProxy } from './fault-proxy.ts';
import { counting, deploy, type Handler, newKey, requestOf } from './forms.ts';
import { overtaken } from './overtaken.ts';

/** Resolves to all that was reported, the event of this kind among it. */
export async function bringAbout(kind: IdempotencyEventKind, options: IdempotencyOptions = {}): Promise<readonly IdempotencyEvent[]> {
  const proxy = await startFaultProxy(dynamoDbEndpoint());
  const client = newClient({ endpoint: proxy.endpoint, maxAttempts: 1 });
  try {
    const { events } = await scenarios[kind](handler => deploy('wrapper', handler, { client, ...options }), proxy);
    if (!events.some(event => event.kind === kind)) throw new Error(`"${kind}" did not happen`);
    return events;
  } finally {
    vi.useRealTimers();
    await proxy.stop();
  }
}

type Deployed = Awaited<ReturnType<typeof deploy>>;
type Deploy = (handler: Handler) => Promise<Deployed>;
type Scenario = (set: Deploy, proxy: FaultProxy) => Promise<Deployed>;

const scenarios: Readonly<Record<IdempotencyEventKind, Scenario>> = {
  claimed: set => once(set, created),
  completed: set => once(set, created),
  replayed: set => twice(set, created),
  waited: async (set, proxy) => {
    const { deployed, key, finish } = await standing(set);
    const look = new Gate();
    proxy.inject('GetItem', { kind: 'hold', where: 'before', gate: look });
    // Its table is the first one's, its patience is not.
    const { lambda } = await deploy('wrapper', counting(), { ...deployed.settings, waitMs: 10_000 });
    const second = lambda(requestOf({ key }));
    await look.reached;
    await finish();
    look.open();
    await second;
    return deployed;
  },
  conflict: set => twice(set, created, '/elsewhere'),
  in_progress: async set => {
    const { deployed, key, finish } = await standing(set);
    await deployed.lambda(requestOf({ key }));
    await finish();
    return deployed;
  },
  taken_over: outlived,
  released: set => once(set, failed),
  lost_claim: outlived,
  outcome_unknown: set => once(set, failed, 500),
  not_stored: (set, proxy) => {
    proxy.inject('PutItem', refused, { skip: 1 });
    return once(set, created);
  },
  not_released: (set, proxy) => {
    proxy.inject('DeleteItem', refused);
    return once(set, failed);
  },
  unavailable: (set, proxy) => {
    proxy.inject('PutItem', refused);
    return once(set, created);
  },
};

export const eventKinds = Object.keys(scenarios) as readonly IdempotencyEventKind[];

const created = { statusCode: 201, headers: {}, body: '{}' };
const failed = { statusCode: 500, headers: {}, body: '{}' };
const refused: Fault = { kind: 'error', status: 400, name: 'AccessDeniedException' };

async function once(set: Deploy, response: object, remaining = 10_000): Promise<Deployed> {
  const deployed = await set(async () => response);
  await deployed.lambda(requestOf({ key: newKey() }), { getRemainingTimeInMillis: () => remaining });
  return deployed;
}

async function twice(set: Deploy, response: object, secondPath = '/contacts'): Promise<Deployed> {
  const deployed = await set(async () => response);
  const key = newKey();
  await deployed.lambda(requestOf({ key }));
  await deployed.lambda(requestOf({ key, path: secondPath }));
  return deployed;
}

/** A first attempt that stands in its handler until it is told to finish. */
async function standing(set: Deploy) {
  const gate = new Gate();
  const deployed = await set(async () => {
    await gate.pass();
    return created;
  });
  const key = newKey();
  const first = deployed.lambda(requestOf({ key }));
  await gate.reached;
  const finish = () => {
    gate.open();
    return first;
  };
  return { deployed, key, finish };
}

async function outlived(set: Deploy): Promise<Deployed> {
  const deployed = await overtaken(stand =>
    set(async () => {
      await stand();
      return created;
    }),
  );
  await Promise.all([deployed.first, deployed.second]);
  return deployed;
}
