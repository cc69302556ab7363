/** Whether a response is one that would be stored. */
import { IdempotencyCommitError, IdempotencyConfigurationError } from './errors.ts';
import type { HttpRequest } from './http/request.ts';
import { classifyResult } from './http/response.ts';
import type { Settings } from './options.ts';
import type { StoredResponse } from './protocol/record.ts';

/** For `commit`: the stored form of a response, or an error that says why there is none. */
export function storableOf(http: HttpRequest, settings: Settings): (response: unknown) => StoredResponse {
  return response => {
    const result = classifyResult(response, http.dialect);
    if (result.kind === 'unstorable') throw new IdempotencyCommitError('response_not_stored', result.reason);
    if (result.kind === 'failure') throw new IdempotencyCommitError('response_not_stored', 'only a 2xx response can be committed');
    if (isToBeStored(result.response, settings)) return result.response;
    throw new IdempotencyCommitError('response_not_stored', 'shouldStore refuses the response');
  };
}

/**
 * @throws IdempotencyConfigurationError `invalid_option` when the user's function returns anything but true or false: a promise counts
 * as true wherever nobody looks.
 */
export function isToBeStored(response: StoredResponse, { shouldStore }: Settings): boolean {
  const answer: unknown = shouldStore(response);
  if (typeof answer === 'boolean') return answer;
  // Nobody waits for it: that it fails, too, must not end the process.
  if (answer instanceof Promise) answer.catch(() => {});
  throw new IdempotencyConfigurationError('invalid_option', `the option "shouldStore" must return true or false, got ${typeof answer}`);
}
