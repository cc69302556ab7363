import { readFile } from 'node:fs/promises';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { IdempotencyMonitoring, IdempotencyTable } from '../lib/cdk/index.ts';
import type { IdempotencyEvent, IdempotencyEventKind } from '../lib/index.ts';
import { observerOf } from '../lib/observers.ts';
import { alarmsIn, type TemplateAlarm } from './cdk/cloudwatch.ts';
import { bringAbout, eventKinds } from './support/every-event.ts';

let page: string;
let alarms: readonly TemplateAlarm[];
beforeAll(async () => {
  page = await readFile(new URL('../docs/operations.md', import.meta.url), 'utf8');
  const stack = new Stack(new App(), 'Stack');
  new IdempotencyMonitoring(stack, 'Monitoring', {
    table: new IdempotencyTable(stack, 'Idempotency'),
    namespace: 'Any',
    serviceName: 'any',
  });
  alarms = alarmsIn(Template.fromStack(stack));
});

describe('docs/operations.md', () => {
  it.each(eventKinds)('has the level, the metric and the alarm of "%s", and says what happened', async kind => {
    const event = (await bringAbout(kind)).find(candidate => candidate.kind === kind);
    const metric = event === undefined ? undefined : metricOf(event);
    const alarm = alarms.find(({ metrics }) => metrics.some(({ name }) => name === metric));
    const [row, ...others] = rowsOf(kind);
    expect(others).toEqual([]);
    expect(row?.slice(0, 3)).toEqual([event?.level, quoted(metric), quoted(alarm?.id)]);
    expect(row?.[3]).toMatch(/\w/);
  });

  it('has no event that does not exist', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (?:info|warn|error) \|/gm)];
    expect(rows.map(([, kind]) => kind).toSorted()).toEqual(eventKinds.toSorted());
  });

  it('has a section for each alarm, with its threshold, that tells of each event that it hears of', () => {
    expect([...page.matchAll(/^### `(\w+)`$/gm)].map(([, id]) => id).toSorted()).toEqual(alarms.map(({ id }) => id).toSorted());
    for (const { id, properties } of alarms) {
      const section = page.split(`### \`${id}\`\n`)[1]?.split(/^##/m)[0] ?? '';
      expect(section).toContain(`Goes off at ${properties.Threshold} in 5 minutes.`);
      for (const kind of eventKinds.filter(candidate => rowsOf(candidate)[0]?.[2] === quoted(id))) expect(section).toContain(`\`${kind}\``);
    }
  });

  it('says of each event without an alarm what a rise means', () => {
    const quiet = page.split('## What rings no alarm\n')[1] ?? '';
    for (const kind of eventKinds.filter(candidate => rowsOf(candidate)[0]?.[2] === ''))
      expect(quiet).toMatch(new RegExp(`^\\|.*\`${kind}\``, 'm'));
  });
});

/** The cells after the first, in the table of the events. */
function rowsOf(kind: IdempotencyEventKind): string[][] {
  const rows = page.split('\n').filter(line => line.startsWith(`| \`${kind}\` | `) && line.split(' | ').length > 3);
  return rows.map(row =>
    row
      .slice(2, -2)
      .split(/ ?\| ?/)
      .map(cell => cell.trim())
      .slice(1),
  );
}

function metricOf(event: IdempotencyEvent): string | undefined {
  const names: string[] = [];
  const metrics = { singleMetric: () => ({ addMetric: (name: string) => names.push(name) }) };
  observerOf({ onEvent: () => {}, metrics })(event);
  expect(names.length).toBeLessThan(2);
  return names[0];
}

function quoted(name: string | undefined): string {
  return name === undefined ? '' : `\`${name}\``;
}
