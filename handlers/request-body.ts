/** The body of a request: JSON of a reasonable size, and of the shape that the handler asks for. */
import type * as z from 'zod';
import { type ApiEvent, isHttpApiEvent } from './api-event.ts';
import { type Fault, HttpProblem } from './http-problem.ts';

/**
 * The API's own limit, far more than 99 contacts need. API Gateway refuses bodies over 10 MB by itself, and what makes an event over
 * Lambda's 6 MB; the handlers get the rest.
 */
const largestBody = 1024 * 1024;

/** A body that is all wrong must not have an answer that is larger than itself. */
const mostFaults = 20;
const longestMessage = 200;

/** @throws HttpProblem 400, 413, 415 or 422 */
export function bodyOf<T extends z.ZodType>(event: ApiEvent, schema: T): z.infer<T> {
  requireJson(event);
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.byteLength > largestBody)
    throw new HttpProblem(413, 'body_too_large', `The body must not be larger than ${largestBody} bytes.`);
  const parsed = schema.safeParse(json(bytes));
  if (parsed.success) return parsed.data;
  throw new HttpProblem(422, 'invalid_request', 'The body is not valid.', parsed.error.issues.slice(0, mostFaults).map(faultOf));
}

function requireJson(event: ApiEvent): void {
  const multiValueHeaders = isHttpApiEvent(event) ? {} : event.multiValueHeaders;
  const fields = Object.entries({ ...multiValueHeaders, ...event.headers });
  const contentType = fields.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  if (/^\s*application\/([\w.-]+\+)?json\s*(;|$)/i.test(String(contentType))) return;
  throw new HttpProblem(415, 'unsupported_media_type', 'The body must be JSON: send content-type: application/json.');
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new HttpProblem(400, 'invalid_json', 'The body is not JSON in UTF-8.');
  }
}

function faultOf({ path, message }: z.core.$ZodIssue): Fault {
  return { path: path.join('.'), message: message.slice(0, longestMessage) };
}
