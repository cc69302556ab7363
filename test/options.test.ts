import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IdempotencyConfigurationError, type IdempotencyOptions, idempotency, idempotent } from '../lib/index.ts';
import { readOptions } from '../lib/options.ts';

const client = new DynamoDBClient({ region: 'eu-central-1' });

beforeEach(() => {
  vi.stubEnv('IDEMPOTENCY_TABLE_NAME', 'from-the-environment');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('options', () => {
  it('all have defaults, given a table name in the environment', () => {
    expect(readOptions({})).toMatchObject({
      headerName: 'Idempotency-Key',
      required: false,
      methods: new Set(['POST', 'PUT', 'PATCH', 'DELETE']),
      fingerprint: 'request',
      retentionMs: 86_400_000,
      waitMs: 3_000,
      afterCrash: 'rerun',
      whenStoreFails: 'reject',
    });
  });

  it('takes undefined for "left out"', () => {
    expect(readOptions({ waitMs: undefined, client: undefined } as IdempotencyOptions).waitMs).toBe(3_000);
  });

  it('accepts a document client', () => {
    expect(() => readOptions({ client: DynamoDBDocumentClient.from(client) })).not.toThrow();
  });

  it('compares methods in upper case', () => {
    expect(readOptions({ methods: ['post'] }).methods).toEqual(new Set(['POST']));
  });

  it('needs a table name, and says both ways to give it', () => {
    vi.stubEnv('IDEMPOTENCY_TABLE_NAME', undefined);
    expect(() => readOptions({})).toThrow(
      expect.objectContaining({ code: 'missing_table_name', message: expect.stringMatching(/IDEMPOTENCY_TABLE_NAME.*tableName/) }),
    );
    vi.stubEnv('IDEMPOTENCY_TABLE_NAME', '');
    expect(() => readOptions({})).toThrow(expect.objectContaining({ code: 'missing_table_name' }));
  });

  const bad: readonly [name: string, value: unknown][] = [
    ['tableName', ''],
    ['tableName', 5],
    ['client', {}],
    ['client', null],
    ['headerName', ''],
    ['headerName', 'Idempotency Key'],
    ['required', 'yes'],
    ['methods', []],
    ['methods', 'POST'],
    ['methods', ['PO ST']],
    ['methods', [1]],
    ['key', 'header'],
    ['scope', 'user'],
    ['fingerprint', 'body'],
    ['expiresInSeconds', 0],
    ['expiresInSeconds', -1],
    ['expiresInSeconds', 1.5],
    ['expiresInSeconds', Number.NaN],
    ['expiresInSeconds', Number.POSITIVE_INFINITY],
    ['expiresInSeconds', '86400'],
    ['expiresInSeconds', 400_000_000],
    ['shouldStore', true],
    ['waitMs', -1],
    ['waitMs', 0.5],
    ['waitMs', 900_001],
    ['afterCrash', 'retry'],
    ['whenStoreFails', 'ignore'],
    ['problemType', '/idempotency'],
    ['problemType', 'https://api.example/#x'],
    ['onEvent', {}],
    ['logger', {}],
    ['logger', { info() {}, warn() {} }],
    ['logger', 'console'],
    ['logger', null],
    ['metrics', true],
    ['metrics', { addMetric() {} }],
    ['metrics', null],
  ];
  it.each(bad)('refuses %s: %j, and names it', (name, value) => {
    expect(() => readOptions({ [name]: value })).toThrow(
      expect.objectContaining({
        name: 'IdempotencyConfigurationError',
        code: 'invalid_option',
        message: expect.stringContaining(`"${name}" must be`),
      }),
    );
  });

  it.each(['tablename', 'ttl', '__proto__', 'constructor', 'toString'])('refuses the unknown option %s, and lists the known ones', name => {
    const options = JSON.parse(`{"${name}":1}`);
    expect(() => readOptions(options)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining('expiresInSeconds') }),
    );
  });

  it('does not show the value of an option that may be a secret object', () => {
    expect(() => readOptions({ onEvent: { password: 'x' } } as never)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('password') }),
    );
  });

  it.each([
    ['null', null],
    ['a number', 5],
    ['a table name', 'tableName'],
    ['a list', []],
    ['a Map', new Map([['waitMs', 1]])],
    ['a Date', new Date()],
    ['a function', () => ({})],
    ['what inherits its options, which are not seen', Object.create({ waitMs: 1 })],
  ])('refuses %s for options', (_what, options) => {
    expect(() => readOptions(options as never)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringMatching(/^the options must be a plain object, got /) }),
    );
  });

  it('reads each option once, and none that it does not own', () => {
    let reads = 0;
    const options = {
      get waitMs() {
        return reads++ === 0 ? 1 : -1;
      },
    };
    expect(readOptions(options).waitMs).toBe(1);
    expect(reads).toBe(1);
    try {
      Object.assign(Object.prototype, { waitMs: -1 });
      expect(readOptions({}).waitMs).toBe(3_000);
    } finally {
      delete (Object.prototype as { waitMs?: number }).waitMs;
    }
  });

  it.each(['Authorization', 'x-api-key', 'COOKIE', 'proxy-authorization'])('refuses %s for the header of the key', headerName => {
    expect(() => readOptions({ headerName })).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining('"headerName" must be') }),
    );
  });

  it.each([[undefined], [null], ['cors'], [[undefined]], [[null]], [() => {}]])(
    'of around() are middlewares, and %j is none',
    middlewares => {
      const { around } = idempotency({ client });
      expect(() => around(middlewares as never)).toThrow(
        expect.objectContaining({ code: 'invalid_option', message: expect.stringMatching(/^around\(\) takes a middleware/) }),
      );
    },
  );

  it('are checked when the factory is called, not on the first request', () => {
    expect(() => idempotency({ waitMs: -1 })).toThrow(IdempotencyConfigurationError);
    expect(() => idempotent(async () => ({ statusCode: 200 }), { waitMs: -1 })).toThrow(IdempotencyConfigurationError);
  });

  it('do not help a handler that takes a callback, which the wrapper refuses: nobody would call it', () => {
    const withCallback = (_event: unknown, _context: unknown, callback: (error: null, result: object) => void) =>
      callback(null, { statusCode: 200 });
    expect(() => idempotent(withCallback)).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });

  it('come after the handler in the wrapper', () => {
    expect(() => idempotent({ waitMs: 1 } as never)).toThrow(/takes a handler/);
  });
});
