/** `npm start`: the contacts API on localhost, on an embedded DynamoDB. */
import { type EmbeddedDynamoDb, startDynamoDb } from './embedded-dynamodb/index.ts';
import { apiKeys } from './local/api-keys.ts';
import { type LocalApi, startLocalApi } from './local/local-api.ts';

let database: EmbeddedDynamoDb | undefined;
let api: LocalApi | undefined;
let isStopping = false;

// As often as they come: from a terminal, npm hears a Ctrl-C too and passes a second one on.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));
if (process.env.npm_lifecycle_event !== undefined) stopWithNpm();

try {
  const port = portFrom(process.env.PORT);
  database = await startDynamoDb();
  api = await startLocalApi({ port, dynamoDb: database });
  console.log(welcome(api.url, database));
} catch (error) {
  console.error(explained(error));
  await stop(1);
}

async function stop(exitCode: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await api?.stop();
  await database?.stop();
  process.exit(exitCode);
}

/** npm passes SIGTERM on to the shell that it runs a script in; the shell dies of it, and tells nobody. */
function stopWithNpm(): void {
  const shell = process.ppid;
  setInterval(() => {
    if (process.ppid !== shell) void stop(0);
  }, 250).unref();
}

function portFrom(value: string | undefined): number {
  if (value === undefined || value === '') return 3000;
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new Error(`PORT must be a number from 0 to 65535, got ${JSON.stringify(value)}`);
}

function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE' && 'port' in error) return `port ${error.port} is in use: set PORT to another one`;
  return error.message;
}

function welcome(url: string, { engine, endpoint }: EmbeddedDynamoDb): string {
  const [first, second] = apiKeys;
  const contacts = `${url}/api/v1/developers/contacts`;
  return `The contacts API is on ${url} (${engine === 'external' ? `DynamoDB at ${endpoint}` : engine}).

API keys: ${first?.value} (${first?.name}), ${second?.value} (${second?.name})

Create a contact. Send it twice: the second answer is the first one, marked Idempotent-Replayed: true.

  curl -i -X POST "${contacts}" \\
    -H "x-api-key: ${first?.value}" \\
    -H "Content-Type: application/json" \\
    -H "Idempotency-Key: 550e8400-e29b-41d4-a716-446655440000" \\
    -d '{"name": "ACME Corp", "type": "client"}'

The same key for another operation is a conflict, 422:

  curl -i -X POST "${contacts}/batch" \\
    -H "x-api-key: ${first?.value}" \\
    -H "Content-Type: application/json" \\
    -H "Idempotency-Key: 550e8400-e29b-41d4-a716-446655440000" \\
    -d '{"contacts": [{"name": "ACME Corp", "type": "client"}]}'

And there is one contact:

  curl "${contacts}" -H "x-api-key: ${first?.value}"
`;
}
