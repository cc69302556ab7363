/** Hostile events: whatever arrives, the request is read or refused by a documented error, and the handler's own event is not needed for it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdempotencyConfigurationError } from '../../lib/errors.ts';
import { headerValues } from '../../lib/http/request.ts';
import { identify, receive } from '../../lib/identify.ts';
import { readOptions } from '../../lib/options.ts';

const settings = readOptions({ tableName: 'table', client: { send: () => Promise.reject(new Error('not used')) }, fingerprint: 'payload' });

const names = fc.oneof(
  fc.constantFrom(
    'Idempotency-Key',
    'idempotency-key',
    'IDEMPOTENCY-KEY',
    'x-api-key',
    'X-Api-Key',
    '__proto__',
    'constructor',
    'toString',
    '',
  ),
  fc.string(),
);
const junk = fc.oneof(fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true }), fc.string(), fc.constant(null));
const fields = fc.oneof(junk, fc.dictionary(names, fc.oneof(fc.string(), junk, fc.array(fc.oneof(fc.string(), junk), { maxLength: 3 }))));
const identity = fc.record(
  { apiKeyId: fc.oneof(fc.string(), junk), userArn: junk, cognitoIdentityId: junk, clientCert: junk },
  { requiredKeys: [] },
);
const claims = fc.record({ iss: fc.oneof(fc.string(), junk), sub: fc.oneof(fc.string(), junk) }, { requiredKeys: [] });
const authorizer = fc.record(
  { jwt: fc.oneof(junk, fc.record({ claims })), claims, principalId: junk, iam: junk, lambda: junk },
  { requiredKeys: [] },
);
const methods = fc.constantFrom('POST', 'GET', 'PUT', 'patch', 'DELETE', 'BREW', '');
const event = fc.record(
  {
    httpMethod: fc.oneof(methods, junk),
    path: fc.oneof(fc.webPath(), junk),
    rawPath: fc.oneof(fc.webPath(), junk),
    version: junk,
    headers: fields,
    multiValueHeaders: fields,
    body: fc.oneof(fc.string(), fc.json(), fc.jsonValue(), fc.constant(null)),
    isBase64Encoded: fc.oneof(fc.boolean(), junk),
    requestContext: fc.oneof(
      junk,
      fc.record(
        {
          http: fc.oneof(junk, fc.record({ method: fc.oneof(methods, junk) })),
          elb: junk,
          identity: fc.oneof(identity, junk),
          authorizer: fc.oneof(authorizer, junk),
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
);

describe('reading a request', () => {
  it('throws nothing but what is documented', { timeout: 120_000 }, () => {
    const outcomes = new Map<string, number>();
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: event }, { weight: 1, arbitrary: junk }), fc.anything(), (given, context) => {
        let outcome: string;
        try {
          const identified = identify(receive(given, settings), given, context, settings);
          outcome = identified.kind;
          if (identified.kind === 'keyed') expect(identified.request.id).toMatch(/^[\w-]{43}$/);
        } catch (error) {
          if (!(error instanceof IdempotencyConfigurationError)) throw error;
          outcome = error.code;
        }
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }),
      { numRuns: 100_000 },
    );
    // A test of hostile input that never gets past the first check would prove nothing.
    for (const outcome of ['keyed', 'unkeyed', 'refused', 'no_scope', 'unsupported_event'])
      expect(outcomes.get(outcome) ?? 0, outcome).toBeGreaterThan(100);
  });

  it('finds a field under any case of its name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' }), fc.string(), (name, value) => {
        const spelled = [...name].map((letter, index) => (index % 2 === 0 ? letter.toUpperCase() : letter.toLowerCase())).join('');
        expect(headerValues({ headers: Object.fromEntries([[spelled, value]]) }, name)).toEqual([value]);
      }),
    );
  });
});
