/** The answer to a request whose handler doesn't run, or whose own answer doesn't count: somebody else's, or a refusal. */
import { IdempotencyRefusedError } from './errors.ts';
import { type Problem, type ProblemResponse, problemResponse } from './http/problems.ts';
import type { HttpRequest } from './http/request.ts';
import type { Settings } from './options.ts';
import type { StoredResponse } from './protocol/record.ts';

export type Answer = { readonly kind: 'replay'; readonly response: StoredResponse } | Refusal;

export interface Refusal {
  readonly kind: 'refuse';
  readonly problem: Problem;
  readonly cause?: unknown;
}

export function responseTo(answer: Answer, http: HttpRequest, settings: Settings): StoredResponse | ProblemResponse {
  return answer.kind === 'replay' ? answer.response : problemResponse(answer.problem, settings.problemType, http.multiValueHeaders);
}

export function refusedError({ problem, cause }: Refusal): IdempotencyRefusedError {
  return new IdempotencyRefusedError(problem.type, problem.status, problem.message, cause === undefined ? undefined : { cause });
}
