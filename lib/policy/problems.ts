/** What each refusal means to a client, under the rules of an API: when it comes, what to do, and how it looks. */
import {
  conflict,
  inProgress,
  keyInvalid,
  keyRequired,
  outcomeUnknown,
  type Problem,
  type ProblemType,
  unavailable,
} from '../http/problems.ts';
import type { Rules } from '../options.ts';
import { parseIdempotencyKey } from '../protocol/idempotency-key.ts';
import { code, type Text, text } from './markup.ts';

export interface ProblemDescription {
  /** As a client gets it. */
  readonly example: Problem;
  /** When it comes, as a sentence. */
  readonly comes: Text;
  /** What the client does about it. */
  readonly remedy: Text;
}

/** Those that a client can meet under the rules. */
export function describeProblems(rules: Rules): readonly ProblemDescription[] {
  return Object.values(problems)
    .map(describe => describe(rules))
    .filter(description => description !== undefined);
}

/** A key that can't be read, for an example. */
export const malformedKey = '550e8400,e29b';

/** Closed: a problem without a description does not compile. Undefined: the rules rule it out. */
const problems: Readonly<Record<ProblemType, (rules: Rules) => ProblemDescription | undefined>> = {
  idempotency_key_required: ({ required }) =>
    required
      ? {
          example: keyRequired,
          comes: text`The request has no key. Nothing was done.`,
          remedy: text`Send it again, with a new key.`,
        }
      : undefined,

  idempotency_key_invalid: ({ key }) => ({
    example: keyInvalid(reasonAgainst(malformedKey)),
    comes: text`The key is malformed (the example's is ${code(malformedKey)})${key === undefined ? ', or was sent more than once' : ''}. Nothing was done.`,
    remedy: text`Correct the client: the same key will be refused each time.`,
  }),

  idempotency_conflict: () => ({
    example: conflict,
    comes: text`The key stands for another request, which is not affected. Nothing was done for this one.`,
    remedy: text`Use a new key for a new operation. A client that meant to retry has changed its request in between.`,
  }),

  idempotency_in_progress: () => ({
    example: inProgress(10_000),
    comes: text`The first request with this key is still being processed. This one was not.`,
    remedy: text`Send the same request with the same key again. ${code('Retry-After')} says, in seconds, when the first one is over for certain; trying sooner does no harm.`,
  }),

  idempotency_outcome_unknown: ({ afterCrash }) =>
    afterCrash === 'reject'
      ? {
          example: outcomeUnknown,
          comes: text`An earlier request with this key was cut short, and may have had its effect or not. It was not repeated.`,
          remedy: text`Find out whether the effect is there before anything else, by reading the data or by asking. If it is not, send the request with a new key.`,
        }
      : undefined,

  idempotency_unavailable: ({ whenStoreFails }) => ({
    example: unavailable,
    comes:
      whenStoreFails === 'reject'
        ? text`Whether the key has been used could not be found out. The request was not processed.`
        : text`The key has been used, but what became of it could not be read. The request was not processed.`,
    remedy: text`Send the same request with the same key again, after the seconds in ${code('Retry-After')}.`,
  }),
};

function reasonAgainst(key: string): string {
  const parsed = parseIdempotencyKey([key]);
  if (parsed.ok) throw new Error('the example of a malformed key is well-formed');
  return parsed.reason;
}
