/** Runs a function's bundle in a process of its own, against a DynamoDB that has one item and writes down what it is asked for. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

export interface BundleRun {
  /** How many parameters the exported handler has. */
  readonly parameters: number;
  readonly answer: Readonly<Record<string, unknown>>;
  /** What it wrote to standard output, where Lambda takes its log from. */
  readonly printed: readonly string[];
  /** The IAM actions that its calls need, for each table. */
  readonly actions: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whose credentials its calls were signed with. */
  readonly accessKeyIds: ReadonlySet<string>;
  readonly stderr: string;
}

/** `environment`: undefined takes a variable away. `item`: what it finds under every key, in DynamoDB's form. */
export async function runBundle(
  folder: string,
  event: object,
  environment: Readonly<Record<string, string | undefined>>,
  item: object,
): Promise<BundleRun> {
  const actions = new Map<string, Set<string>>();
  const accessKeyIds = new Set<string>();
  const dynamoDb = createServer(async (request, response) => {
    accessKeyIds.add(/Credential=([^/]*)/.exec(String(request.headers.authorization))?.[1] ?? '');
    const operation = String(request.headers['x-amz-target']).replace('DynamoDB_20120810.', '');
    for (const { table, action } of permissionsFor(operation, JSON.parse(await text(request)))) {
      actions.set(table, (actions.get(table) ?? new Set()).add(`dynamodb:${action}`));
    }
    const answer = operation === 'GetItem' ? { Item: item } : {};
    response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify(answer));
  });
  await once(dynamoDb.listen(0, '127.0.0.1'), 'listening');
  try {
    // The server listens on a port, so this is the address of one.
    const { port } = dynamoDb.address() as AddressInfo;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, JSON.stringify(event)], {
      cwd: folder,
      timeout: 20_000,
      env: { ...awsEnvironment, AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`, ...environment },
    });
    const lines = stdout.trim().split('\n');
    return { ...JSON.parse(lines.at(-1) ?? ''), actions, accessKeyIds, printed: lines.slice(0, -1), stderr };
  } finally {
    dynamoDb.closeAllConnections();
    dynamoDb.close();
  }
}

const script = `
  const { handler } = await import('./index.mjs');
  const answer = await handler(JSON.parse(process.argv[1]), { getRemainingTimeInMillis: () => 9000 });
  console.log(JSON.stringify({ parameters: handler.length, answer }));`;

const awsEnvironment = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' };

interface Input {
  readonly TableName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName: string }>>[];
}

/** A transaction needs the permission of each of its parts; a batch, its own for each table. */
function permissionsFor(operation: string, { TableName, RequestItems = {}, TransactItems = [] }: Input) {
  const parts = TransactItems.flatMap(item => Object.entries(item));
  return [
    ...(TableName === undefined ? [] : [{ table: TableName, action: operation }]),
    ...Object.keys(RequestItems).map(table => ({ table, action: operation })),
    ...parts.map(([part, write]) => ({ table: write.TableName, action: `${part}Item` })),
  ];
}
