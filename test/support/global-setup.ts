/** Starts DynamoDB Local once for the whole run; `DYNAMODB_ENDPOINT` points the tests at any other DynamoDB. */
import type { TestProject } from 'vitest/node';
import { startDynamoDbLocal } from '../../bin/embedded-dynamodb/index.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    dynamoDbEndpoint: string;
  }
}

export default async function startDynamoDbForTests(project: TestProject): Promise<() => Promise<void>> {
  const external = process.env.DYNAMODB_ENDPOINT;
  const { endpoint, stop } = external ? { endpoint: external, stop: async () => {} } : await startDynamoDbLocal();
  project.provide('dynamoDbEndpoint', endpoint);
  return stop;
}
