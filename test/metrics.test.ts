import { Metrics } from '@aws-lambda-powertools/metrics';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { IdempotencyEventKind } from '../lib/index.ts';
import type { MetricsEmitter } from '../lib/metrics.ts';
import { metricsEmittedBy } from './support/emf.ts';
import { bringAbout, eventKinds } from './support/every-event.ts';
import { counting, deploy, newKey, requestOf } from './support/forms.ts';

/** Names that people have made alarms on. */
const counted: Readonly<Record<IdempotencyEventKind, string | undefined>> = {
  claimed: undefined,
  completed: 'IdempotencyCompleted',
  replayed: 'IdempotencyReplayed',
  waited: undefined,
  conflict: 'IdempotencyConflict',
  in_progress: 'IdempotencyInProgress',
  taken_over: 'IdempotencyTakenOver',
  released: 'IdempotencyReleased',
  lost_claim: 'IdempotencyLostClaim',
  outcome_unknown: 'IdempotencyOutcomeUnknown',
  not_stored: 'IdempotencyNotStored',
  not_released: 'IdempotencyNotReleased',
  unavailable: 'IdempotencyUnavailable',
};

let metrics: Metrics;
beforeEach(() => {
  metrics = new Metrics({ namespace: 'Payments', serviceName: 'payments' });
});

describe('metrics', () => {
  it.each(eventKinds)('count every event of a request that brings about "%s", each by the name of its kind', async kind => {
    const events: Awaited<ReturnType<typeof bringAbout>>[number][] = [];
    const emitted = await metricsEmittedBy(async () => {
      events.push(...(await bringAbout(kind, { metrics })));
    });
    const counts = emitted.filter(({ unit }) => unit === 'Count');
    expect(counts.map(({ name }) => name)).toEqual(events.flatMap(event => counted[event.kind] ?? []));
    expect(counts.every(({ value }) => value === 1)).toBe(true);
  });

  it('time a wait, in milliseconds', async () => {
    const waits: (number | undefined)[] = [];
    const emitted = await metricsEmittedBy(async () => {
      const events = await bringAbout('waited', { metrics });
      waits.push(...events.filter(({ kind }) => kind === 'waited').map(({ waitedMs }) => waitedMs));
    });
    const [wait, ...others] = emitted.filter(({ name }) => name === 'IdempotencyWaitTime');
    expect(others).toEqual([]);
    expect(wait).toMatchObject({ unit: 'Milliseconds', value: waits[0] });
    expect(wait?.value).toBeGreaterThan(0);
  });

  it('have the namespace and the default dimensions of the Metrics, as they are by then, and nothing else', async () => {
    const { lambda } = await deploy('wrapper', counting(), { metrics });
    metrics.setDefaultDimensions({ stage: 'live' });
    // A request's own dimension is for the metrics that the handler adds.
    metrics.addDimension('customer', '42');
    const emitted = await metricsEmittedBy(() => lambda(requestOf({ key: newKey() })));
    const dimensions = { service: 'payments', stage: 'live' };
    expect(emitted).toEqual([{ namespace: 'Payments', dimensions, name: 'IdempotencyCompleted', unit: 'Count', value: 1 }]);
  });

  it("leave the handler's own metrics where they are", async () => {
    const { lambda } = await deploy('wrapper', counting(), { metrics });
    metrics.addMetric('Charged', 'Count', 3);
    await metricsEmittedBy(() => lambda(requestOf({ key: newKey() })));
    const own = await metricsEmittedBy(async () => metrics.publishStoredMetrics());
    expect(own).toMatchObject([{ name: 'Charged', value: 3 }]);
  });

  it('are not there without a key', async () => {
    const { lambda } = await deploy('wrapper', counting(), { metrics });
    expect(await metricsEmittedBy(() => lambda(requestOf({})))).toEqual([]);
  });

  const broken: readonly [string, MetricsEmitter][] = [
    ['throws', { singleMetric: () => thrown() }],
    ['throws once it is asked to add', { singleMetric: () => ({ addMetric: () => thrown() }) }],
    ['returns nothing', { singleMetric: () => undefined as never }],
  ];
  it.each(broken)('change no answer, and take no event from the others, when the object %s', async (_what, broken) => {
    const { lambda, kinds } = await deploy('wrapper', counting(), { metrics: broken });
    const key = newKey();
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 201, body: '{"run":1}' });
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 201, body: '{"run":1}' });
    expect(kinds()).toEqual(['claimed', 'completed', 'replayed']);
  });

  it('do not take the place of the console', async () => {
    const line = vi.spyOn(console, 'error').mockImplementation(() => {});
    try {
      await metricsEmittedBy(() => bringAboutSilently({ metrics }));
      expect(line).toHaveBeenCalledOnce();
    } finally {
      line.mockRestore();
    }
  });
});

/** An `unavailable` that no `onEvent` hears of. */
async function bringAboutSilently(options: { metrics: Metrics }): Promise<void> {
  const { lambda } = await deploy('wrapper', counting(), { ...options, onEvent: undefined, tableName: 'no-such-table' });
  await lambda(requestOf({ key: newKey() }));
}

function thrown(): never {
  throw new Error('metrics');
}
