/** Whether a response is one that would be stored. */
import { IdempotencyCommitError } from './errors.ts';
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
    if (settings.shouldStore(result.response)) return result.response;
    throw new IdempotencyCommitError('response_not_stored', 'shouldStore refuses the response');
  };
}
