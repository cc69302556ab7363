/** DynamoDB's metrics of the idempotency table. */
import { type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';

/** What the store and `commit` send. */
const operations = ['PutItem', 'GetItem', 'DeleteItem', 'TransactWriteItems', 'BatchWriteItem', 'BatchGetItem'] as const;

/** Every throttled part of a request: `ThrottledRequests` has none of a batch that was throttled in part, and is kept for each operation. */
export function throttles(table: ITable, options: MetricOptions = {}): Metric[] {
  return ['ReadThrottleEvents', 'WriteThrottleEvents'].map(name => table.metric(name, { statistic: Stats.SUM, ...options }));
}

export function latencies(table: ITable, options: MetricOptions): Metric[] {
  return operations.map(Operation =>
    table.metricSuccessfulRequestLatency({
      ...options,
      statistic: Stats.AVERAGE,
      label: Operation,
      dimensionsMap: { TableName: table.tableName, Operation },
    }),
  );
}
