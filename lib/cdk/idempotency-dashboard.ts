/** What a person wants to see at 3 a.m.: what to do first, then what clients get, what went wrong, and the table and functions behind it. */
import { Duration } from 'aws-cdk-lib';
import { type Alarm, AlarmStatusWidget, Dashboard, GraphWidget, type IMetric, Stats, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { CountedEventKind, EmittedMetrics } from './emitted-metrics.ts';
import { latencies, throttles } from './table-metrics.ts';

export interface IdempotencyDashboardProps {
  readonly dashboardName: string | undefined;
  /** In Markdown. */
  readonly instructions: string;
  readonly alarms: readonly Alarm[];
  readonly emitted: EmittedMetrics;
  readonly table: ITable;
}

/** The grid is 24 wide. */
const half = 12;
const third = 8;
const height = 6;

const period = Duration.minutes(1);

export class IdempotencyDashboard extends Dashboard {
  #functions: { readonly errors: GraphWidget; readonly durations: GraphWidget } | undefined;

  constructor(scope: Construct, id: string, { dashboardName, instructions, alarms, emitted, table }: IdempotencyDashboardProps) {
    super(scope, id, { dashboardName, defaultInterval: Duration.hours(3) });
    const counts = (...kinds: readonly CountedEventKind[]) => kinds.map(kind => emitted.count(kind, { period }));
    const waits = (statistic: string, label: string) => emitted.waitTime({ statistic, label, period });
    this.addWidgets(
      new TextWidget({ markdown: instructions, width: 2 * third, height }),
      new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: third, height }),
    );
    this.addWidgets(
      graph('What clients got', half, counts('completed', 'replayed', 'released', 'conflict', 'in_progress')),
      graph(
        'Repeats that waited for the first attempt: ms, and how many',
        half,
        [waits('p50', 'p50'), waits('p95', 'p95')],
        [waits(Stats.SAMPLE_COUNT, 'waits')],
      ),
    );
    this.addWidgets(
      graph('Attempts that did not end, or not in time', half, counts('outcome_unknown', 'lost_claim', 'taken_over')),
      graph('Store failures', half, counts('unavailable', 'not_stored', 'not_released')),
    );
    this.addWidgets(
      graph('Table: consumed capacity', third, [
        table.metricConsumedReadCapacityUnits({ period }),
        table.metricConsumedWriteCapacityUnits({ period }),
      ]),
      graph('Table: throttles, and transactions in the way of others', third, [
        ...throttles(table, { period }),
        table.metric('TransactionConflict', { statistic: Stats.SUM, period }),
      ]),
      graph('Table: latency, ms on average', third, latencies(table, { period })),
    );
  }

  addFunction(fn: IFunction): void {
    this.#functions ??= this.#newFunctionGraphs();
    this.#functions.errors.addLeftMetric(fn.metricErrors({ period }));
    this.#functions.durations.addLeftMetric(fn.metricDuration({ period, statistic: 'p95' }));
  }

  /** Not before there is a function to show. */
  #newFunctionGraphs() {
    const graphs = { errors: graph('Functions: errors', half, []), durations: graph('Functions: duration, ms at p95', half, []) };
    this.addWidgets(graphs.errors, graphs.durations);
    return graphs;
  }
}

function graph(title: string, width: number, left: IMetric[], right: IMetric[] = []): GraphWidget {
  return new GraphWidget({ title, width, height, left, right, leftYAxis: { min: 0 } });
}
