/** Events as CloudWatch metrics. */
import type { IdempotencyEventKind, Observer } from './events.ts';
import { countMetrics, waitTimeMetric } from './metric-names.ts';

/** What the option `metrics` takes: a `Metrics` of `@aws-lambda-powertools/metrics`, or whatever has this of it. */
export interface MetricsEmitter {
  /** Something that emits a metric as soon as it is added, so that nothing is left to publish when the invocation ends. */
  singleMetric(): { addMetric(name: string, unit: 'Count' | 'Milliseconds', value: number): unknown };
}

/** Undefined: not counted. A kind that is missing does not compile. */
const counts: Readonly<Record<IdempotencyEventKind, string | undefined>> = { ...countMetrics, claimed: undefined, waited: undefined };

export function metricsObserver(metrics: MetricsEmitter): Observer {
  return ({ kind, waitedMs }) => {
    const count = counts[kind];
    // `singleMetric` anew for each: default dimensions may be set after the middleware was made.
    if (count !== undefined) metrics.singleMetric().addMetric(count, 'Count', 1);
    if (waitedMs !== undefined) metrics.singleMetric().addMetric(waitTimeMetric, 'Milliseconds', waitedMs);
  };
}
