/** A database server as a child process, on a free port of the loopback interface, from start to end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithThisProcess } from './end-with-this-process.ts';
import { freePort, isFree } from './free-port.ts';

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const readyWithinMs = 30_000;
const mostTries = 3;

/** Resolves once the server answers as DynamoDB does. */
export async function startServer(name: string, commandFor: (port: number) => Command): Promise<RunningServer> {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    try {
      return await startOn(port, name, commandFor(port));
    } catch (error) {
      // Somebody was quicker to take the port that was free just now; for any other failure, another port is no help.
      if (tries === mostTries || (await isFree(port))) throw error;
    }
  }
}

async function startOn(port: number, name: string, { command, args, env }: Command): Promise<RunningServer> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
  const complaint = lastWordsOf(child);
  const closed = once(child, 'close').catch(() => {});
  endWithThisProcess(child);
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await untilReady(child, endpoint);
  } catch (error) {
    await stop(child);
    await closed;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${name} did not start: ${reason}${complaint()}`, { cause: error });
  }
  return { endpoint, stop: () => stop(child) };
}

async function untilReady(child: ChildProcess, endpoint: string): Promise<void> {
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  failed.catch(() => {});
  const ended = new Promise<false>(resolve => child.once('exit', () => resolve(false)));
  const deadline = Date.now() + readyWithinMs;
  while (Date.now() < deadline) {
    // Whoever answers, the child must be alive after it: a stranger on the port would have made it fail.
    const answered = await Promise.race([answersAsDynamoDb(endpoint), failed, ended]);
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

/** Asks first, and insists after 2 s. */
async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), 2000);
  await ended;
  clearTimeout(impatience);
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
