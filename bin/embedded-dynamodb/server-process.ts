/** A database server as a child process, on a free port of the loopback interface, from start to end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const readyWithinMs = 30_000;

/** Resolves once the server answers as DynamoDB does. */
export async function startServer(
  name: string,
  commandFor: (port: number) => Command,
): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const port = await freePort();
  const { command, args, env } = commandFor(port);
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
  const complaint = lastWordsOf(child);
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async () => {
    process.off('exit', kill);
    if (hasEnded(child)) return;
    child.kill('SIGTERM');
    const impatience = sleep(2000, undefined, { ref: false }).then(kill);
    await Promise.race([once(child, 'exit'), impatience.then(() => once(child, 'exit'))]);
  };
  try {
    await untilReady(child, endpoint);
  } catch (error) {
    await stop();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${name} did not start: ${reason}${complaint()}`, { cause: error });
  }
  return { endpoint, stop };
}

/** Asked of the system, which gives a port to one asker at a time; the server may still lose it to another, and then says so. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

async function untilReady(child: ChildProcess, endpoint: string): Promise<void> {
  const spawned = new Promise<never>((_, reject) => child.once('error', reject));
  spawned.catch(() => {});
  const deadline = Date.now() + readyWithinMs;
  while (Date.now() < deadline) {
    // Whoever answers, the child must be alive after it: a stranger on the port would have made it fail.
    const answered = await Promise.race([answersAsDynamoDb(endpoint), spawned]);
    if (hasEnded(child)) throw new Error(`it ended with exit code ${child.exitCode ?? child.signalCode}`);
    if (answered) return;
    await sleep(20);
  }
  throw new Error(`no answer in ${readyWithinMs / 1000} s`);
}

/** A refusal will do: it names the request as DynamoDB's answers do. */
async function answersAsDynamoDb(endpoint: string): Promise<boolean> {
  try {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.ListTables' };
    const response = await fetch(endpoint, { method: 'POST', headers, body: '{}', signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.headers.has('x-amzn-requestid');
  } catch {
    return false;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

/** What the child said on stderr, for the error that reports its end. */
function lastWordsOf(child: ChildProcess): () => string {
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = `${words}${chunk}`.slice(-2000);
  });
  return () => (words === '' ? '' : `\n${words.trim()}`);
}
