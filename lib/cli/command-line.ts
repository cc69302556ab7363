/** Arguments → what is to be done. Everything that can be wrong with them is found here, before anything is read or written. */
import { parseArgs } from 'node:util';
import { tableNameVariable } from '../store/table-schema.ts';

/** The caller's mistake: told in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Who calls, as the parts of the event that name him; or a scope that the option `scope` would have returned. */
export interface CallerAndKey {
  readonly kind: 'key';
  readonly key: string;
  readonly apiKeyId: string | undefined;
  readonly apiKey: string | undefined;
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
  readonly principal: string | undefined;
  readonly userArn: string | undefined;
  readonly cognitoIdentity: string | undefined;
}

export interface Where {
  readonly tableName: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly name: { readonly kind: 'id'; readonly id: string } | CallerAndKey;
  readonly scope: string | undefined;
  readonly isJson: boolean;
}

export interface Resolution {
  /** False: say what would be done. */
  readonly isConfirmed: boolean;
  /** Even while an attempt may be running. */
  readonly isForced: boolean;
}

export interface CompletionArguments extends Resolution {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly multiValueHeaders: boolean;
  readonly bodyFile: string | undefined;
}

export type CommandLine =
  | { readonly command: 'help' }
  | (Where & { readonly command: 'inspect'; readonly showsBody: boolean })
  | (Where & Resolution & { readonly command: 'release' })
  | (Where & CompletionArguments & { readonly command: 'complete' });

const identityOptions = {
  'api-key-id': { type: 'string' },
  'api-key': { type: 'string' },
  issuer: { type: 'string' },
  subject: { type: 'string' },
  principal: { type: 'string' },
  'user-arn': { type: 'string' },
  'cognito-identity': { type: 'string' },
} as const;

export const commonOptions = {
  id: { type: 'string' },
  key: { type: 'string' },
  scope: { type: 'string' },
  ...identityOptions,
  table: { type: 'string' },
  endpoint: { type: 'string' },
  region: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const resolutionOptions = { yes: { type: 'boolean' }, force: { type: 'boolean' } } as const;

export const commandOptions = {
  inspect: { body: { type: 'boolean' } },
  release: resolutionOptions,
  complete: {
    ...resolutionOptions,
    status: { type: 'string' },
    header: { type: 'string', multiple: true },
    'body-file': { type: 'string' },
    'multi-value-headers': { type: 'boolean' },
  },
} as const;

/** @throws UsageError */
export function readCommandLine(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): CommandLine {
  if (argv.length === 0 || argv.some(argument => argument === '--help' || argument === '-h')) return { command: 'help' };
  const [command = '', ...rest] = argv;
  switch (command) {
    case 'inspect': {
      const values = parsed(rest, { ...commonOptions, ...commandOptions.inspect });
      return { command, ...whereIn(values, env), showsBody: values.body ?? false };
    }
    case 'release': {
      const values = parsed(rest, { ...commonOptions, ...commandOptions.release });
      return { command, ...whereIn(values, env), ...resolutionIn(values) };
    }
    case 'complete': {
      const values = parsed(rest, { ...commonOptions, ...commandOptions.complete });
      return {
        command,
        ...whereIn(values, env),
        ...resolutionIn(values),
        status: statusIn(values.status),
        headers: (values.header ?? []).map(headerIn),
        multiValueHeaders: values['multi-value-headers'] ?? false,
        bodyFile: values['body-file'],
      };
    }
    default:
      throw new UsageError(`the command must be inspect, release or complete, and come first; got "${command}"`);
  }
}

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

function parsed<T extends Options>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

type CommonValues = { readonly [K in Exclude<keyof typeof commonOptions, 'json'>]?: string | undefined } & {
  readonly json?: boolean | undefined;
};

function whereIn(values: CommonValues, env: Readonly<Record<string, string | undefined>>): Where {
  const tableName = values.table ?? env[tableNameVariable];
  if (!tableName) throw new UsageError(`no table: give --table, or set ${tableNameVariable}`);
  const endpoint = values.endpoint ?? (env.DYNAMODB_ENDPOINT || undefined);
  if (endpoint !== undefined && !URL.canParse(endpoint)) throw new UsageError(`the endpoint must be a URL, got "${endpoint}"`);
  return { tableName, endpoint, region: values.region, name: nameIn(values), scope: values.scope, isJson: values.json ?? false };
}

function nameIn(values: CommonValues): Where['name'] {
  const named = (Object.keys(identityOptions) as (keyof typeof identityOptions)[]).filter(option => values[option] !== undefined);
  const { id, key, scope } = values;
  if (id !== undefined) {
    if (key !== undefined || scope !== undefined || named.length > 0)
      throw new UsageError('--id says it all: give it without key and caller');
    if (!/^[\w-]{43}$/.test(id)) throw new UsageError('--id takes the "id" of an event: 43 letters, digits, "-" and "_"');
    return { kind: 'id', id };
  }
  if (key === undefined) throw new UsageError('which record? Give --id, or --key and its caller');
  if (scope === undefined && named.length === 0)
    throw new UsageError(`whose key? Give --scope, or one or more of ${options(identityOptions)}`);
  if (scope !== undefined && named.length > 0) throw new UsageError(`--scope takes the place of --${named[0]}: give one of them`);
  if (scope === '') throw new UsageError('--scope is empty');
  const empty = named.find(option => values[option] === '');
  if (empty !== undefined) throw new UsageError(`--${empty} is empty`);
  if (values.issuer !== undefined && values.subject === undefined) throw new UsageError('--issuer goes with --subject');
  if (values['api-key-id'] !== undefined && values['api-key'] !== undefined) {
    throw new UsageError('an API key that has an id goes by that: give --api-key-id alone');
  }
  return {
    kind: 'key',
    key,
    apiKeyId: values['api-key-id'],
    apiKey: values['api-key'],
    issuer: values.issuer,
    subject: values.subject,
    principal: values.principal,
    userArn: values['user-arn'],
    cognitoIdentity: values['cognito-identity'],
  };
}

function resolutionIn(values: { readonly yes?: boolean | undefined; readonly force?: boolean | undefined }): Resolution {
  return { isConfirmed: values.yes ?? false, isForced: values.force ?? false };
}

function statusIn(value: string | undefined): number {
  if (value === undefined) throw new UsageError('which status should a repeat get? Give --status');
  if (!/^2\d\d$/.test(value)) throw new UsageError(`--status must be 2xx, got "${value}": nothing else is stored`);
  return Number(value);
}

function headerIn(line: string): readonly [string, string] {
  const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\x20-\x7e\t]*?)[ \t]*$/.exec(line);
  if (match === null) throw new UsageError(`--header must be like "content-type: application/json", got "${line}"`);
  const [, name = '', value = ''] = match;
  return [name.toLowerCase(), value];
}

function options(of: object): string {
  return Object.keys(of)
    .map(name => `--${name}`)
    .join(', ');
}
