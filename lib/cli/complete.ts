/** Gives a claim whose effect is there the response that its client should have had. */
import { isUtf8 } from 'node:buffer';
import { classifyResult } from '../http/response.ts';
import { completed, type StoredResponse } from '../protocol/record.ts';
import type { IdempotencyStore } from '../store/store.ts';
import { type CompletionArguments, UsageError } from './command-line.ts';
import { responseView } from './record-view.ts';
import type { Report } from './report.ts';
import { type CommandEnvironment, resolveClaim } from './resolve.ts';

export type GivenResponse = Pick<CompletionArguments, 'status' | 'headers' | 'multiValueHeaders'> & { readonly body: Buffer | undefined };

export async function complete(
  store: IdempotencyStore,
  id: string,
  { isConfirmed, isForced, ...given }: CompletionArguments & GivenResponse,
  environment: CommandEnvironment,
): Promise<Report> {
  const response = storedResponse(given);
  const { statusCode, headerNames, bodyBytes } = responseView(response, 0);
  const summary = `${statusCode}, ${headerNames.join(', ') || 'no headers'}, ${bodyBytes} byte${bodyBytes === 1 ? '' : 's'} of body`;
  const words = {
    infinitive: 'complete the record',
    would: `until it expires, a repeat of the request gets ${summary}`,
    done: `completed: until it expires, a repeat of the request gets ${summary}`,
    risk: 'an attempt that is still at work can not store its own answer, but may still have its effect',
  };
  return resolveClaim(store, id, { isConfirmed, isForced }, environment, words, claim => {
    const record = completed(claim, response, claim.expiresAt - claim.claimedAt);
    // A commit without writes: its token tells it, and its body items, from whatever the attempt itself may store late.
    return store.commit(record, [], { ...environment.callOptions, token: environment.newToken() });
  });
}

/** As it is stored when a handler returns it. */
function storedResponse({ status, headers, multiValueHeaders, body }: GivenResponse): StoredResponse {
  const lines = new Map<string, string[]>();
  for (const [name, value] of headers) lines.set(name, [...(lines.get(name) ?? []), value]);
  const fields = multiValueHeaders
    ? { multiValueHeaders: Object.fromEntries(lines) }
    : // RFC 9110, section 5.3: the lines of a field are one list.
      { headers: Object.fromEntries([...lines].map(([name, values]) => [name, values.join(', ')])) };
  const content =
    body === undefined ? {} : isUtf8(body) ? { body: body.toString() } : { body: body.toString('base64'), isBase64Encoded: true };
  const result = classifyResult({ statusCode: status, ...fields, ...content }, 'rest');
  if (result.kind !== 'success') throw new UsageError('only a 2xx response is stored');
  return result.response;
}
