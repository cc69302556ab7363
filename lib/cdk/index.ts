/** The public surface of `middy-idempotency-key/cdk`: what a CDK app imports. No Lambda function does. */
export type { CountedEventKind } from './emitted-metrics.ts';
export {
  type IdempotencyAlarmOptions,
  IdempotencyMonitoring,
  type IdempotencyMonitoringProps,
} from './idempotency-monitoring.ts';
export {
  IdempotencyTable,
  type IdempotencyTableAttributes,
  type IdempotencyTableProps,
  type IIdempotencyTable,
} from './idempotency-table.ts';
