/** The checks of the options, once, when the factory is called: unknown names and bad values are errors. */
import { IdempotencyConfigurationError } from './errors.ts';
import type { IdempotencyOptions } from './options.ts';

/**
 * A copy: read once, and without anything that an object inherits, so that what is checked is what is used.
 *
 * @throws IdempotencyConfigurationError `invalid_option`
 */
export function checkedOptions(given: IdempotencyOptions): IdempotencyOptions {
  if (!isPlainObject(given)) throw invalid('the options', given, 'a plain object');
  const options: IdempotencyOptions = Object.assign(Object.create(null), given);
  for (const [name, value] of Object.entries(options)) {
    const expected = Object.hasOwn(checks, name) ? checks[name as keyof IdempotencyOptions] : undefined;
    if (expected === undefined) throw unknownOption(name);
    if (value !== undefined && !expected.holds(value)) throw invalid(`option "${name}"`, value, expected.text);
  }
  return options;
}

interface Check {
  readonly holds: (value: unknown) => boolean;
  readonly text: string;
}

const isFunction: Check = { holds: value => typeof value === 'function', text: 'a function' };
const isBoolean: Check = { holds: value => typeof value === 'boolean', text: 'true or false' };

const checks: Readonly<Record<keyof IdempotencyOptions, Check>> = {
  tableName: { holds: value => typeof value === 'string' && value !== '', text: 'a table name' },
  client: { holds: hasMethods('send'), text: 'a DynamoDBClient or a DynamoDBDocumentClient' },
  headerName: { holds: isFreeField, text: 'the name of a header field, and none that carries credentials' },
  required: isBoolean,
  methods: { holds: isListOfTokens, text: 'a list of one or more HTTP methods' },
  key: isFunction,
  scope: isFunction,
  fingerprint: {
    holds: value => value === 'request' || value === 'payload' || typeof value === 'function',
    text: "'request', 'payload' or a function",
  },
  expiresInSeconds: { holds: isIntegerFrom(1, 10 * 366 * 86_400), text: 'whole seconds, from 1 to ten years' },
  shouldStore: isFunction,
  waitMs: { holds: isIntegerFrom(0, 900_000), text: 'whole milliseconds, from 0 to 900000' },
  afterCrash: oneOf('rerun', 'reject'),
  whenStoreFails: oneOf('reject', 'bypass'),
  problemType: {
    holds: value => typeof value === 'string' && URL.canParse(value) && !value.includes('#'),
    text: 'an absolute URL without a fragment',
  },
  onEvent: isFunction,
  logger: { holds: hasMethods('info', 'warn', 'error'), text: 'a logger with the methods info, warn and error' },
  metrics: { holds: hasMethods('singleMetric'), text: 'a Metrics of @aws-lambda-powertools/metrics' },
};

function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function hasMethods(...names: readonly string[]): (value: unknown) => boolean {
  return value => typeof value === 'object' && value !== null && names.every(name => typeof Reflect.get(value, name) === 'function');
}

/** RFC 9110, section 5.6.2. */
function isToken(value: unknown): boolean {
  return typeof value === 'string' && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value);
}

/** A credential is the same for all requests of its caller: as a key, it would make one operation of them. */
function isFreeField(value: unknown): boolean {
  return isToken(value) && !credentialFields.has(String(value).toLowerCase());
}

const credentialFields: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'x-api-key']);

function isListOfTokens(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isToken);
}

function isIntegerFrom(least: number, most: number): (value: unknown) => boolean {
  return value => typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function oneOf(...values: readonly string[]): Check {
  return { holds: value => typeof value === 'string' && values.includes(value), text: values.map(value => `'${value}'`).join(' or ') };
}

function unknownOption(name: string): IdempotencyConfigurationError {
  const known = Object.keys(checks).join(', ');
  return new IdempotencyConfigurationError('invalid_option', `unknown option "${name}"; the options are ${known}`);
}

function invalid(what: string, value: unknown, expected: string): IdempotencyConfigurationError {
  const got =
    typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol'
      ? typeof value
      : (JSON.stringify(value) ?? String(value));
  return new IdempotencyConfigurationError('invalid_option', `${what} must be ${expected}, got ${got}`);
}
