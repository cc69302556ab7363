/** The runtime's metrics, as CloudWatch keeps them. */
import { MathExpression, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { countMetrics, serviceDimension, waitTimeMetric } from '../metric-names.ts';

/** A kind of event that has a metric. */
export type CountedEventKind = keyof typeof countMetrics;

export interface EmittedMetricsProps {
  readonly namespace: string;
  readonly serviceName: string;
  readonly defaultDimensions?: Readonly<Record<string, string>>;
}

export class EmittedMetrics {
  readonly #identity: { readonly namespace: string; readonly dimensionsMap: Readonly<Record<string, string>> };

  constructor({ namespace, serviceName, defaultDimensions }: EmittedMetricsProps) {
    // As Powertools puts them together.
    this.#identity = { namespace, dimensionsMap: { [serviceDimension]: serviceName, ...defaultDimensions } };
  }

  count(kind: CountedEventKind, options: MetricOptions = {}): Metric {
    return new Metric({ statistic: Stats.SUM, ...options, ...this.#identity, metricName: countMetrics[kind] });
  }

  waitTime(options: MetricOptions = {}): Metric {
    return new Metric({ ...options, ...this.#identity, metricName: waitTimeMetric });
  }
}

/** The sum of metrics that have values only when something happens: the others' silence counts as 0, and so does everybody's. */
export function total(metrics: readonly Metric[], { period, label }: Pick<MetricOptions, 'period' | 'label'>): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  const filled = Object.keys(usingMetrics).map(id => `FILL(${id}, 0)`);
  return new MathExpression({ expression: `SUM([${filled.join(', ')}])`, usingMetrics, period, label });
}
