/** The answer to a request whose handler doesn't run, or whose own answer doesn't count: somebody else's, or a refusal. */
import { IdempotencyRefusedError } from './errors.ts';
import { type Problem, problemResponse } from './http/problems.ts';
import type { HttpRequest } from './http/request.ts';
import type { Settings } from './options.ts';
import type { StoredResponse } from './protocol/record.ts';

export type Answer = { readonly kind: 'replay'; readonly response: StoredResponse } | Refusal;

export interface Refusal {
  readonly kind: 'refuse';
  readonly problem: Problem;
  readonly cause?: unknown;
}

/** A replay or a refusal, in the form that every kind of API takes and every handler's type allows. */
export interface IdempotentResponse {
  readonly statusCode: number;
  readonly statusDescription?: string;
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  readonly multiValueHeaders?: Readonly<Record<string, (string | number | boolean)[]>>;
  /** Absent, whatever this type says, from the replay of a response that had none. */
  readonly body: string;
  readonly isBase64Encoded?: boolean;
}

export function responseTo(answer: Answer, http: HttpRequest, settings: Settings): IdempotentResponse {
  if (answer.kind === 'refuse') return problemResponse(answer.problem, settings.problemType, http.multiValueHeaders);
  // What is stored are the members that the handler gave, and the handler's own type says what they may be.
  return answer.response as StoredResponse & IdempotentResponse;
}

export function refusedError({ problem, cause }: Refusal): IdempotencyRefusedError {
  return new IdempotencyRefusedError(problem.type, problem.status, problem.message, cause === undefined ? undefined : { cause });
}
