/** The fragment is valid, and true: its examples are what a request gets. */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type IdempotencyOptions, type ProblemType, policy } from '../../lib/index.ts';
import { malformedKey } from '../../lib/policy/problems.ts';
import { parseIdempotencyKey } from '../../lib/protocol/idempotency-key.ts';
import { Gate } from '../support/fault-proxy.ts';
import { counting, deploy, type LambdaResponse, newKey, requestOf } from '../support/forms.ts';
import { faultsOf, problemsOfDocument } from '../support/openapi.ts';

afterEach(() => void vi.useRealTimers());

const everything: IdempotencyOptions = { required: true, afterCrash: 'reject' };

describe('the fragment', () => {
  it.each([
    ['the defaults', {}],
    ['every problem', everything],
    ['a policy page', { ...everything, problemType: 'https://api.example/idempotency' }],
    ['a key from elsewhere', { key: () => 'key' }],
  ])('is valid in a document: with %s', (_what, options: IdempotencyOptions) => {
    const { components } = policy(options).openapi;
    const parameters = Object.keys(components.parameters).map(name => ({ $ref: `#/components/parameters/${name}` }));
    const responses = Object.keys(components.responses).map(name => [name.slice(-3), { $ref: `#/components/responses/${name}` }]);
    const created = { description: 'Created', headers: { 'Idempotent-Replayed': { $ref: '#/components/headers/Idempotent-Replayed' } } };
    const document = {
      openapi: '3.1.0',
      info: { title: 'Contacts', version: '1' },
      paths: { '/contacts': { post: { parameters, responses: { 201: created, ...Object.fromEntries(responses) } } } },
      components,
    };
    expect(faultsOf(JSON.parse(JSON.stringify(document)))).toEqual([]);
  });

  it('names the header, and whether it must be sent', () => {
    const parameterOf = (options: IdempotencyOptions) => policy(options).openapi.components.parameters.IdempotencyKey;
    expect(parameterOf({})).toMatchObject({ name: 'Idempotency-Key', in: 'header', required: false });
    expect(parameterOf({ headerName: 'X-Key', required: true })).toMatchObject({ name: 'X-Key', required: true });
    expect(parameterOf({ expiresInSeconds: 60 })?.description).toContain('for 1 minute');
    expect(parameterOf({ key: () => 'key' })).toBeUndefined();
  });

  it('has a pattern, and lengths, that say what the key parser says', () => {
    const { pattern, minLength, maxLength } = policy().openapi.components.parameters.IdempotencyKey?.schema ?? {};
    // As JSON Schema has it: ECMA-262, with Unicode.
    const expression = new RegExp(String(pattern), 'u');
    const says = (value: string) => value.length >= Number(minLength) && value.length <= Number(maxLength) && expression.test(value);
    const character = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...'aZ09 ",\\~!#-+.[]\t') },
      fc.string({ unit: 'grapheme', maxLength: 1 }),
    );
    const piece = fc.array(character, { maxLength: 12 }).map(characters => characters.join(''));
    const value = fc.oneof(
      piece,
      piece.map(inner => `"${inner}"`),
      piece.map(inner => JSON.stringify(inner)),
      fc.integer({ min: 250, max: 260 }).map(length => 'k'.repeat(length)),
      fc.integer({ min: 250, max: 260 }).map(length => `"${'\\"'.repeat(length)}"`),
    );
    const seen = { true: 0, false: 0 };
    fc.assert(
      fc.property(value, candidate => {
        const field = candidate.replace(/^[ \t]+|[ \t]+$/g, '');
        const isKey = parseIdempotencyKey([field]).ok;
        seen[`${isKey}`]++;
        expect(says(field), JSON.stringify(field)).toBe(isKey);
      }),
      { numRuns: 20_000 },
    );
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(1_000);
  });
});

/** How a client comes to meet each problem. */
const meet: Readonly<Record<ProblemType, (options: IdempotencyOptions) => Promise<LambdaResponse>>> = {
  idempotency_key_required: async options => (await deploy('middleware', counting(), options)).lambda(requestOf({})),

  idempotency_key_invalid: async options => (await deploy('middleware', counting(), options)).lambda(requestOf({ key: malformedKey })),

  idempotency_conflict: async options => {
    const { lambda } = await deploy('middleware', counting(), options);
    const key = newKey();
    await lambda(requestOf({ key }));
    return lambda(requestOf({ key, path: '/other' }));
  },

  idempotency_in_progress: options => repeatOfRunning(options, () => {}),

  idempotency_outcome_unknown: options =>
    repeatOfRunning(options, () => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })),

  idempotency_unavailable: async options =>
    (await deploy('middleware', counting(), { ...options, tableName: 'no-such-table' })).lambda(requestOf({ key: newKey() })),
};

async function repeatOfRunning(options: IdempotencyOptions, meanwhile: () => void): Promise<LambdaResponse> {
  const gate = new Gate();
  const { lambda } = await deploy('middleware', async () => gate.pass(), options);
  const request = requestOf({ key: newKey() });
  const first = lambda(request);
  await gate.reached;
  meanwhile();
  const repeat = await lambda(request);
  gate.open();
  await first;
  return repeat;
}

describe.each([
  ['about:blank', {}],
  ['a policy page', { problemType: 'https://api.example/idempotency' }],
])('an example, with %s as type', (_what, options: IdempotencyOptions) => {
  const { openapi } = policy({ ...everything, ...options });

  it.each(Object.entries(meet))('is what a request gets, byte for byte: %s', async (name, request) => {
    const documented = problemsOfDocument(openapi.components).filter(problem => problem.name === name);
    const response = await request({ ...everything, ...options, ...(name === 'idempotency_in_progress' ? { waitMs: 0 } : {}) });
    expect(documented).toEqual([
      { name, status: response.statusCode, type: response.headers?.['content-type'], body: response.body, headers: expect.anything() },
    ]);
    const retryAfter = response.headers?.['retry-after'];
    if (retryAfter !== undefined) {
      expect(documented[0]?.headers).toContain('Retry-After');
      expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
    }
  });

  it('is there for every problem that a request can get', () => {
    expect(
      problemsOfDocument(openapi.components)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(meet).sort());
  });
});

describe('the marker', () => {
  it('is on a replay as the fragment has it', async () => {
    const { lambda } = await deploy('middleware', counting());
    const request = requestOf({ key: newKey() });
    await lambda(request);
    const { headers } = await lambda(request);
    const documented = policy().openapi.components.headers['Idempotent-Replayed'];
    expect(headers?.['Idempotent-Replayed']).toBe(documented.schema.const);
  });
});
