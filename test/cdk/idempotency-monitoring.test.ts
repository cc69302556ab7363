import { Metrics } from '@aws-lambda-powertools/metrics';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { IdempotencyMonitoring, type IdempotencyMonitoringProps, IdempotencyTable } from '../../lib/cdk/index.ts';
import { metricsEmittedBy } from '../support/emf.ts';
import { bringAbout, eventKinds } from '../support/every-event.ts';
import { alarmsIn, dashboardIn, type ReadMetric, readBy } from './cloudwatch.ts';

function newStack(): Stack {
  return new Stack(new App(), 'Stack');
}

function monitor(stack: Stack, overrides: Partial<IdempotencyMonitoringProps> = {}): IdempotencyMonitoring {
  const table = new IdempotencyTable(stack, 'Idempotency');
  return new IdempotencyMonitoring(stack, 'Monitoring', { table, namespace: 'Payments', serviceName: 'payments', ...overrides });
}

function monitored(overrides: Partial<IdempotencyMonitoringProps> = {}, functions: readonly string[] = []): Template {
  const stack = newStack();
  const monitoring = monitor(stack, overrides);
  for (const id of functions) {
    const code = Code.fromInline('//');
    monitoring.connect(new LambdaFunction(stack, id, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code }));
  }
  return Template.fromStack(stack);
}

describe('what is read', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ['with the service alone', {}],
    ['with default dimensions', { stage: 'live', cell: 'a' }],
  ])('is just what a connected function emits, %s', async (_what, defaultDimensions) => {
    const template = monitored({ defaultDimensions }, ['Function']);
    const [fn] = Object.values(template.findResources('AWS::Lambda::Function'));
    for (const [name, value] of Object.entries(fn?.Properties.Environment.Variables)) vi.stubEnv(name, String(value));
    const metrics = new Metrics({ defaultDimensions });
    const emitted = await metricsEmittedBy(async () => {
      for (const kind of eventKinds) await bringAbout(kind, { metrics });
    });
    const identities = (metrics: readonly ReadMetric[]) =>
      [
        ...new Set(metrics.map(({ namespace, name, dimensions }) => JSON.stringify([namespace, name, Object.entries(dimensions).sort()]))),
      ].sort();
    const read = readBy(template).filter(({ namespace }) => !namespace.startsWith('AWS/'));
    expect(identities(read)).toEqual(identities(emitted));
  });

  it('shows waits by their median and 95th percentile, and how many there were', () => {
    const waits = readBy(monitored()).filter(({ name }) => name === 'IdempotencyWaitTime');
    expect(waits.map(({ statistic }) => statistic)).toEqual(['p50', 'p95', 'SampleCount']);
  });

  it('sums up what it counts', () => {
    const counts = readBy(monitored()).filter(({ namespace, name }) => namespace === 'Payments' && name !== 'IdempotencyWaitTime');
    expect(counts.length).toBeGreaterThan(11);
    expect(new Set(counts.map(({ statistic }) => statistic))).toEqual(new Set(['Sum']));
  });
});

describe('an alarm', () => {
  const defaults = [
    ['UnknownOutcomes', 1, ['IdempotencyOutcomeUnknown'], undefined],
    [
      'StoreFailures',
      5,
      ['IdempotencyUnavailable', 'IdempotencyNotStored', 'IdempotencyNotReleased'],
      'SUM([FILL(m0, 0), FILL(m1, 0), FILL(m2, 0)])',
    ],
    ['LostLeases', 1, ['IdempotencyLostClaim', 'IdempotencyTakenOver'], 'SUM([FILL(m0, 0), FILL(m1, 0)])'],
    ['Throttles', 10, ['ReadThrottleEvents', 'WriteThrottleEvents'], 'SUM([FILL(m0, 0), FILL(m1, 0)])'],
  ] as const;

  it.each(defaults)('%s goes off at %d in five minutes of %j', (id, Threshold, names, expression) => {
    const alarm = alarmsIn(monitored()).find(candidate => candidate.id === id);
    expect(alarm?.properties).toMatchObject({
      Threshold,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
      AlarmDescription: expect.stringMatching(/./),
    });
    expect(alarm?.metrics.map(({ name }) => name)).toEqual(names);
    expect(alarm?.metrics.every(({ statistic, periodSeconds }) => statistic === 'Sum' && periodSeconds === 300)).toBe(true);
    expect(alarm?.expression).toBe(expression);
  });

  it('is one of these', () => {
    expect(alarmsIn(monitored()).map(({ id }) => id)).toEqual(defaults.map(([id]) => id));
  });

  it.each([
    ['UnknownOutcomes', 'unknownOutcomes'],
    ['StoreFailures', 'storeFailures'],
    ['LostLeases', 'lostLeases'],
    ['Throttles', 'throttles'],
  ] as const)('%s has the threshold and the period that are asked for', (id, prop) => {
    const template = monitored({ [prop]: { threshold: 3, period: Duration.minutes(1) } });
    const changed = alarmsIn(template).filter(({ properties }) => properties.Threshold === 3);
    expect(changed.map(alarm => alarm.id)).toEqual([id]);
    expect(new Set(changed[0]?.metrics.map(({ periodSeconds }) => periodSeconds))).toEqual(new Set([60]));
  });

  it('keeps its own threshold when only another period is asked for', () => {
    const template = monitored({ storeFailures: { period: Duration.minutes(1) } });
    expect(alarmsIn(template).find(({ id }) => id === 'StoreFailures')?.properties.Threshold).toBe(5);
  });

  it("watches the table's throttles on the table it is given", () => {
    const template = monitored();
    const TableName = { Ref: Object.keys(template.findResources('AWS::DynamoDB::GlobalTable'))[0] };
    const throttles = alarmsIn(template).find(({ id }) => id === 'Throttles');
    expect(throttles?.metrics.map(({ namespace, dimensions }) => ({ namespace, dimensions }))).toEqual(
      Array(2).fill({ namespace: 'AWS/DynamoDB', dimensions: { TableName } }),
    );
  });

  it('tells a topic when it goes off and when it is over', () => {
    const stack = newStack();
    const topic = new Topic(stack, 'Topic');
    monitor(stack, { alarmAction: new SnsAction(topic) });
    const told = [stack.resolve(topic.topicArn)];
    Template.fromStack(stack).allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: told, OKActions: told });
  });

  it('tells nobody unless told to', () => {
    monitored().allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: Match.absent(), OKActions: Match.absent() });
  });
});

describe('the dashboard', () => {
  let template: Template;
  beforeAll(() => {
    template = monitored({ dashboardName: 'payments' }, ['First', 'Second']);
  });

  it('says first what to do about each alarm, and links nothing', () => {
    const [{ type, properties } = { type: '', properties: {} }] = dashboardIn(template);
    expect(type).toBe('text');
    for (const {
      id,
      properties: { AlarmDescription },
    } of alarmsIn(template))
      expect(properties.markdown).toContain(`**${id}**: ${AlarmDescription}`);
    expect(properties.markdown).toContain('Idempotency of payments');
    expect(properties.markdown).not.toMatch(/https?:|\]\(/);
  });

  it('shows the state of each alarm', () => {
    const ids = Object.keys(template.findResources('AWS::CloudWatch::Alarm'));
    const shown = dashboardIn(template).find(({ type }) => type === 'alarm');
    expect(shown?.properties.alarms).toHaveLength(4);
    for (const id of ids) expect(JSON.stringify(shown?.properties.alarms)).toContain(`${id}.Arn`);
  });

  it.each([
    ['What clients got', ['Completed', 'Replayed', 'Released', 'Conflict', 'InProgress']],
    ['Attempts that did not end, or not in time', ['OutcomeUnknown', 'LostClaim', 'TakenOver']],
    ['Store failures', ['Unavailable', 'NotStored', 'NotReleased']],
  ])('shows, under "%s", %j', (title, names) => {
    const graph = dashboardIn(template).find(({ properties }) => properties.title === title);
    expect(graph?.properties.metrics.map(([, name]: readonly string[]) => name)).toEqual(names.map(name => `Idempotency${name}`));
  });

  it("shows the table's capacity, throttles, conflicts and latency of each call", () => {
    const read = readBy(template).filter(({ namespace }) => namespace === 'AWS/DynamoDB');
    const names = new Set(read.map(({ name }) => name));
    const expected = [
      'ConsumedReadCapacityUnits',
      'ConsumedWriteCapacityUnits',
      'ReadThrottleEvents',
      'WriteThrottleEvents',
      'TransactionConflict',
    ];
    expect(names).toEqual(new Set([...expected, 'SuccessfulRequestLatency']));
    const latencies = read.filter(({ name }) => name === 'SuccessfulRequestLatency');
    expect(latencies.map(({ dimensions }) => dimensions.Operation)).toEqual([
      'PutItem',
      'GetItem',
      'DeleteItem',
      'TransactWriteItems',
      'BatchWriteItem',
      'BatchGetItem',
    ]);
    // CloudWatch's own default is the average.
    expect(latencies.filter(({ statistic }) => statistic !== undefined)).toEqual([]);
  });

  it('shows the errors and the duration of each connected function', () => {
    const [first, second] = Object.keys(template.findResources('AWS::Lambda::Function'));
    const read = readBy(template).filter(({ namespace }) => namespace === 'AWS/Lambda');
    expect(read.map(({ name, dimensions, statistic }) => [name, dimensions, statistic])).toEqual([
      ['Errors', { FunctionName: { Ref: first } }, 'Sum'],
      ['Errors', { FunctionName: { Ref: second } }, 'Sum'],
      ['Duration', { FunctionName: { Ref: first } }, 'p95'],
      ['Duration', { FunctionName: { Ref: second } }, 'p95'],
    ]);
  });

  it('has no empty graphs for functions before there are any', () => {
    const graphs = dashboardIn(monitored()).filter(({ type }) => type === 'metric');
    expect(graphs.filter(({ properties }) => properties.metrics === undefined)).toEqual([]);
    expect(graphs.map(({ properties }) => properties.title).filter(title => title.startsWith('Functions'))).toEqual([]);
  });

  it('fits the grid of 24, with no two widgets in one place', () => {
    const cells = dashboardIn(template).flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, cell) => `${x + (cell % width)},${y + Math.floor(cell / width)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboardIn(template).every(({ x, width }) => x + width <= 24)).toBe(true);
  });

  it('has the name that it is given', () => {
    template.hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: 'payments' });
    monitored().hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: Match.absent() });
  });
});

describe('connect', () => {
  it('names the namespace and the service where Powertools looks', () => {
    monitored({}, ['Function']).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { POWERTOOLS_METRICS_NAMESPACE: 'Payments', POWERTOOLS_SERVICE_NAME: 'payments' } },
    });
  });
});

describe('metrics for alarms of your own', () => {
  it('are those that the runtime emits, with what is asked for', () => {
    const stack = newStack();
    const monitoring = monitor(stack);
    monitoring
      .metric('conflict', { period: Duration.minutes(1) })
      .createAlarm(stack, 'Conflicts', { threshold: 100, evaluationPeriods: 1 });
    monitoring.metricWaitTime({ statistic: 'p99' }).createAlarm(stack, 'Waits', { threshold: 2_000, evaluationPeriods: 1 });
    const [conflicts, waits] = alarmsIn(Template.fromStack(stack)).slice(-2);
    const emitted = { namespace: 'Payments', dimensions: { service: 'payments' } };
    expect(conflicts?.metrics).toEqual([{ ...emitted, name: 'IdempotencyConflict', statistic: 'Sum', periodSeconds: 60 }]);
    expect(waits?.metrics).toEqual([{ ...emitted, name: 'IdempotencyWaitTime', statistic: 'p99', periodSeconds: 300 }]);
  });
});
