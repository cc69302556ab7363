/** An AWS on this machine: MiniStack, which needs no Docker and runs functions as processes; and AWS's command line, pointed at it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { devNull, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServer } from '../../bin/embedded-dynamodb/server-process.ts';

const region = 'eu-central-1';

export interface LocalAws {
  /** Runs a program with the environment of somebody who works with this AWS; resolves to its standard output. */
  run(command: string, args: readonly string[], cwd?: string): Promise<string>;
  /** Sends a request to a URL of API Gateway in AWS; it arrives here. */
  send(url: string, init?: RequestFacts): Promise<Answer>;
  stop(): Promise<void>;
}

export interface RequestFacts {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** `tools`: the folder with Python's programs. */
export async function startLocalAws(tools: string): Promise<LocalAws> {
  const scratch = await mkdtemp(join(tmpdir(), 'local-aws-'));
  // Functions run on the first `node` there: the one that runs this.
  const path = [dirname(process.execPath), tools, process.env.PATH].join(delimiter);
  const server = await startServer('MiniStack', port => ({
    command: join(tools, 'python'),
    args: [fileURLToPath(new URL('start-ministack.py', import.meta.url))],
    env: {
      PATH: path,
      TMPDIR: scratch,
      S3_DATA_DIR: join(scratch, 's3'),
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_REGION: region,
      LOG_LEVEL: 'WARNING',
      // Each would listen on a port of its own.
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
    },
  }));
  // Nothing that this machine says about AWS, or of its user's accounts, is left: an endpoint could lead to one of them.
  const ours = Object.entries(process.env).filter(([name]) => !/^(AWS|CDK)_/.test(name));
  const environment = {
    ...Object.fromEntries(ours),
    PATH: path,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    // By its address, so that S3's buckets are in the path: there is no DNS for their names.
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return {
    run: async (command, args, cwd) => {
      const options = { env: environment, cwd, maxBuffer: 64 * 1024 * 1024, timeout: 300_000 };
      const { stdout } = await promisify(execFile)(command, args, options).catch((error: Error & { stdout?: string }) => {
        // Its message has what was said on the standard error; in CI the CDK says all on the other one.
        throw new Error(`${error.message}\n${error.stdout ?? ''}`, { cause: error });
      });
      return stdout;
    },
    send: (url, facts) => sendTo(server.endpoint, new URL(url), facts),
    stop: async () => {
      await server.stop();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

/** MiniStack knows an API by the host's first label, under a domain of its own. */
async function sendTo(endpoint: string, { hostname, pathname, search }: URL, { method = 'GET', headers, body }: RequestFacts = {}) {
  const host = `${hostname.split('.')[0]}.execute-api.localhost`;
  return new Promise<Answer>((resolve, reject) => {
    const outgoing = request(
      new URL(`${pathname}${search}`, endpoint),
      { method, headers: { ...headers, host }, timeout: 60_000 },
      incoming => {
        buffer(incoming).then(
          bytes => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: bytes.toString() }),
          reject,
        );
      },
    );
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in 60 s')));
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
