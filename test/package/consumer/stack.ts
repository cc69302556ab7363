/** What a user writes in a CDK app. */
import { App, Stack } from 'aws-cdk-lib';
import { IdempotencyTable } from 'middy-idempotency-key/cdk';

const stack = new Stack(new App(), 'Stack');
export const tableArn: string = new IdempotencyTable(stack, 'Idempotency', { pointInTimeRecovery: false }).table.tableArn;
