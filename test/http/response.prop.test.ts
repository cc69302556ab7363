import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyResult, replayOf } from '../../lib/http/response.ts';

const fieldNames = fc.oneof(
  fc.constantFrom('Set-Cookie', 'set-cookie', 'Connection', 'X-A', 'x-b', 'IDEMPOTENT-REPLAYED', '__proto__', 'constructor'),
  fc.string(),
);
const fieldValues = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const responses = fc.record(
  {
    statusCode: fc.integer({ min: 200, max: 299 }),
    headers: fc.dictionary(fieldNames, fieldValues),
    multiValueHeaders: fc.dictionary(fieldNames, fc.array(fieldValues)),
    body: fc.string({ unit: 'binary' }),
    isBase64Encoded: fc.boolean(),
  },
  { requiredKeys: ['statusCode'] },
);
const runs = { numRuns: 10_000 };

describe('a response', () => {
  it('is kept as it is, but for what is never replayed', () => {
    fc.assert(
      fc.property(responses, response => {
        const kept = classifyResult(response, 'rest');
        if (kept.kind !== 'success') throw new Error(kept.kind);
        expect(kept.response.statusCode).toBe(response.statusCode);
        expect(kept.response.body).toBe(response.body);
        expect(kept.response.isBase64Encoded ?? false).toBe(response.isBase64Encoded ?? false);
        const listed = [response.headers, response.multiValueHeaders]
          .flatMap(fields => Object.entries(fields ?? {}))
          .filter(([name]) => name.toLowerCase() === 'connection')
          .flatMap(([, value]) => [value].flat().map(String).join().toLowerCase());
        for (const [name, value] of Object.entries(response.headers ?? {})) {
          const isDropped =
            /^(set-cookie|connection|idempotent-replayed|te|trailer|upgrade)$/i.test(name) ||
            listed.some(list => list.includes(name.toLowerCase()));
          if (!isDropped) expect(Object.entries(kept.response.headers ?? {})).toContainEqual([name, value]);
        }
        expect(Object.keys({ ...kept.response.headers, ...kept.response.multiValueHeaders }).join()).not.toMatch(/set-cookie/i);
      }),
      runs,
    );
  });

  it('is marked once when it is replayed, and not changed otherwise', () => {
    fc.assert(
      fc.property(responses, fc.boolean(), (response, multiValue) => {
        const kept = classifyResult(response, 'rest');
        if (kept.kind !== 'success') throw new Error(kept.kind);
        const replayed = replayOf(kept.response, multiValue);
        const markers = [...Object.keys(replayed.headers ?? {}), ...Object.keys(replayed.multiValueHeaders ?? {})].filter(name =>
          /^idempotent-replayed$/i.test(name),
        );
        expect(markers).toEqual(['Idempotent-Replayed']);
        const { headers: _, multiValueHeaders: __, ...rest } = replayed;
        const { headers: ___, multiValueHeaders: ____, ...keptRest } = kept.response;
        expect(rest).toEqual(keptRest);
      }),
      runs,
    );
  });

  it('is classified, whatever a handler returns', () => {
    const results = fc.oneof(
      fc.anything({ withBigInt: true, withNullPrototype: true, withMap: true, withTypedArray: true }),
      fc.record({ statusCode: fc.anything(), headers: fc.anything(), body: fc.anything() }, { requiredKeys: [] }),
    );
    fc.assert(
      fc.property(results, fc.constantFrom('rest', 'http-api', 'alb'), (result, dialect) => {
        const { kind } = classifyResult(result, dialect);
        expect(['success', 'failure', 'unstorable']).toContain(kind);
      }),
      { numRuns: 30_000 },
    );
  });
});
