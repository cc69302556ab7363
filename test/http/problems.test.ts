import { describe, expect, it } from 'vitest';
import {
  conflict,
  inProgress,
  keyInvalid,
  keyRequired,
  outcomeUnknown,
  type Problem,
  problemResponse,
  unavailable,
} from '../../lib/http/problems.ts';

const problems: readonly [Problem, number][] = [
  [keyRequired, 400],
  [keyInvalid('must not be empty'), 400],
  [conflict, 422],
  [inProgress(1_500), 409],
  [outcomeUnknown, 409],
  [unavailable, 503],
];

describe('problemResponse', () => {
  it.each(problems)('gives $type both bodies in one', (problem, status) => {
    const response = problemResponse(problem, undefined, false);
    expect(response).toMatchObject({ statusCode: status, headers: { 'content-type': 'application/problem+json' }, isBase64Encoded: false });
    expect(JSON.parse(response.body)).toEqual({
      type: 'about:blank',
      title: expect.any(String),
      status,
      detail: problem.message,
      error: { type: problem.type, message: problem.message },
    });
  });

  it("has the product page's conflict, word for word", () => {
    expect(JSON.parse(problemResponse(conflict, undefined, false).body).error).toEqual({
      type: 'idempotency_conflict',
      message: 'This Idempotency-Key has already been used with a different request.',
    });
  });

  it.each([
    [keyRequired, 'idempotency_key_required', 'This operation requires an Idempotency-Key.', 'Bad Request', 'No Idempotency-Key was sent'],
    [
      keyInvalid('must not be empty'),
      'idempotency_key_invalid',
      'The Idempotency-Key is malformed: it must not be empty.',
      'Bad Request',
      'The Idempotency-Key can not be read',
    ],
    [
      conflict,
      'idempotency_conflict',
      'This Idempotency-Key has already been used with a different request.',
      'Unprocessable Content',
      'The Idempotency-Key stands for another request',
    ],
    [
      inProgress(0),
      'idempotency_in_progress',
      'A request with this Idempotency-Key is still in progress.',
      'Conflict',
      'The first request has not finished',
    ],
    [
      outcomeUnknown,
      'idempotency_outcome_unknown',
      'An earlier request with this Idempotency-Key ended without a known outcome. It was not repeated.',
      'Conflict',
      'Nobody knows how the first request ended',
    ],
    [
      unavailable,
      'idempotency_unavailable',
      'The request was not processed, because its Idempotency-Key could not be checked.',
      'Service Unavailable',
      'The Idempotency-Key could not be checked',
    ],
  ])('says $type in the words that clients know', (problem, type, message, phrase, title) => {
    const bodyWith = (problemType?: string) => JSON.parse(problemResponse(problem, problemType, false).body);
    expect(bodyWith()).toMatchObject({ title: phrase, detail: message, error: { type, message } });
    expect(bodyWith('https://api.example/idempotency')).toMatchObject({
      type: `https://api.example/idempotency#${type}`,
      title,
      error: { type, message },
    });
  });

  it('points its type at the policy page, and then has a title of its own', () => {
    const body = JSON.parse(problemResponse(conflict, 'https://api.example/idempotency', false).body);
    expect(body).toMatchObject({
      type: 'https://api.example/idempotency#idempotency_conflict',
      title: 'The Idempotency-Key stands for another request',
    });
  });

  it.each([
    [0, '1'],
    [1, '1'],
    [1_000, '1'],
    [1_001, '2'],
    [29_000, '29'],
  ])('says when to retry: %i ms of lease are %s s', (leaseLeftMs, seconds) => {
    expect(problemResponse(inProgress(leaseLeftMs), undefined, false).headers).toMatchObject({ 'retry-after': seconds });
  });

  it('does not ask to retry what can not change', () => {
    for (const problem of [keyRequired, conflict, outcomeUnknown]) {
      expect(problemResponse(problem, undefined, false).headers).not.toHaveProperty('retry-after');
    }
  });

  it('puts the headers where a load balancer with multi-value headers looks', () => {
    const response = problemResponse(unavailable, undefined, true);
    expect(response).toMatchObject({ multiValueHeaders: { 'content-type': ['application/problem+json'], 'retry-after': ['1'] } });
    expect(response).not.toHaveProperty('headers');
  });
});
