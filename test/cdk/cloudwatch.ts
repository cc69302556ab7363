/** The alarms and dashboards of a template, and the metrics that they read. */
import type { Template } from 'aws-cdk-lib/assertions';

export interface ReadMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, unknown>>;
  readonly statistic?: string;
  readonly periodSeconds?: number;
}

export interface TemplateAlarm {
  /** The id of the construct. */
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly metrics: readonly ReadMetric[];
  /** What is made of the metrics, when there are several. */
  readonly expression: string | undefined;
}

export interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  // biome-ignore lint/suspicious/noExplicitAny: CloudWatch's own JSON, another for each type
  readonly properties: any;
}

export function readBy(template: Template): ReadMetric[] {
  return [...alarmsIn(template).flatMap(({ metrics }) => metrics), ...dashboardIn(template).flatMap(metricsOf)];
}

export function alarmsIn(template: Template): TemplateAlarm[] {
  return Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(([logicalId, { Properties }]) => ({
    id: logicalId.replace(/^Monitoring|[0-9A-F]{8}$/g, ''),
    properties: Properties,
    metrics: Properties.Metrics?.flatMap(watched) ?? [watchedAlone(Properties)],
    expression: Properties.Metrics?.find(({ Expression }: { Expression?: string }) => Expression !== undefined)?.Expression,
  }));
}

/** The widgets of the only dashboard. What CloudFormation puts in its place reads `{"Ref":"…"}` and `Id.Arn`. */
export function dashboardIn(template: Template): Widget[] {
  const [dashboard, ...others] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  if (dashboard === undefined || others.length > 0) throw new Error('the template must have one dashboard');
  const parts: readonly (string | Reference)[] = dashboard.Properties.DashboardBody['Fn::Join'][1];
  return JSON.parse(parts.map(part => (typeof part === 'string' ? part : shown(part))).join('')).widgets;
}

type Reference = { readonly Ref: string } | { readonly 'Fn::GetAtt': readonly string[] };

/** Inside a JSON string. */
function shown(reference: Reference): string {
  return 'Ref' in reference ? `\${${reference.Ref}}` : reference['Fn::GetAtt'].join('.');
}

function unshown(value: string): unknown {
  const [, id] = /^\$\{(.*)\}$/.exec(value) ?? [];
  return id === undefined ? value : { Ref: id };
}

interface Watched {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

function watchedAlone(alarm: Watched & { readonly Statistic?: string; readonly ExtendedStatistic?: string; readonly Period: number }) {
  return metricOf(alarm, alarm.Statistic ?? alarm.ExtendedStatistic, alarm.Period);
}

function watched({ MetricStat }: { readonly MetricStat?: { Metric: Watched; Stat: string; Period: number } }): ReadMetric[] {
  return MetricStat === undefined ? [] : [metricOf(MetricStat.Metric, MetricStat.Stat, MetricStat.Period)];
}

function metricOf({ Namespace, MetricName, Dimensions }: Watched, statistic: string | undefined, periodSeconds: number): ReadMetric {
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  return { namespace: Namespace, name: MetricName, dimensions, statistic, periodSeconds };
}

/** A row is: namespace, name, then each dimension's name and value, then how to show it. */
function metricsOf({ properties, type }: Widget): ReadMetric[] {
  if (type !== 'metric') return [];
  const rows: readonly (readonly (string | { readonly stat?: string; readonly period?: number })[])[] = properties.metrics ?? [];
  return rows.map(row => {
    const [namespace = '', name = '', ...pairs] = row.filter(cell => typeof cell === 'string');
    const how = row.find(cell => typeof cell === 'object');
    const dimensions = Object.fromEntries(
      pairs.flatMap((cell, index) => (index % 2 === 0 ? [[cell, unshown(pairs[index + 1] ?? '')]] : [])),
    );
    return { namespace, name, dimensions, statistic: how?.stat, periodSeconds: how?.period };
  });
}
