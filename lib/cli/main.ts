#!/usr/bin/env node
/** The operator's command line: looks at one record, and resolves it where no attempt will. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IdempotencyStoreError } from '../errors.ts';
import { readOptions } from '../options.ts';
import { type CommandLine, readCommandLine, UsageError } from './command-line.ts';
import { complete } from './complete.ts';
import { help } from './help.ts';
import { inspect } from './inspect.ts';
import { recordIdOf } from './record-name.ts';
import { release } from './release.ts';
import { type Outcome, print, type Report } from './report.ts';

const exitCodes: Readonly<Record<Outcome, number>> = { found: 0, 'would-do': 0, done: 0, 'not-found': 1, refused: 1, failed: 3 };
const usageExitCode = 2;

/** How long a call to DynamoDB may take, with its retries. */
const callMs = 20_000;

process.exitCode = await run(process.argv.slice(2));

async function run(argv: readonly string[]): Promise<number> {
  try {
    const line = readCommandLine(argv, process.env);
    if (line.command === 'help') {
      console.log(help);
      return 0;
    }
    const report = await perform(line);
    print(report, line);
    return exitCodes[report.outcome];
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\nTry --help.`);
      return usageExitCode;
    }
    // Node's own code for it would be 1: that nothing was changed.
    console.error(error);
    return exitCodes.failed;
  }
}

async function perform(line: Exclude<CommandLine, { command: 'help' }>): Promise<Report> {
  const { tableName, endpoint, region, name, scope } = line;
  const client = new DynamoDBClient({ ...(endpoint === undefined ? {} : { endpoint }), ...(region === undefined ? {} : { region }) });
  const settings = readOptions({ tableName, client, ...(scope === undefined ? {} : { scope: () => scope }) });
  const { store } = settings;
  const id = name.kind === 'id' ? name.id : recordIdOf(name, settings);
  const environment = { now: () => Date.now(), callOptions: { timeoutMs: callMs }, newToken: randomUUID };
  try {
    switch (line.command) {
      case 'inspect':
        return await inspect(store, id, line, environment);
      case 'release':
        return await release(store, id, line, environment);
      case 'complete':
        return await complete(store, id, { ...line, body: await bodyIn(line.bodyFile) }, environment);
    }
  } catch (error) {
    if (error instanceof IdempotencyStoreError) return { outcome: 'failed', message: failureText(error) };
    throw error;
  } finally {
    client.destroy();
  }
}

async function bodyIn(file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  try {
    return await (file === '-' ? buffer(process.stdin) : readFile(file));
  } catch (error) {
    throw new UsageError(`the body can't be read: ${error instanceof Error ? error.message : error}`);
  }
}

function failureText(error: IdempotencyStoreError): string {
  const said = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  const isWrite = error.operation === 'release' || error.operation === 'commit';
  return `${error.message}${said}${isWrite && error.retryable ? '. It may have been applied: inspect the record before you try again' : ''}`;
}
