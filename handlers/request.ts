/** What the handlers read from a request: whose it is, which contact it names, and its body, checked. */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { z } from 'zod';
import { HttpProblem } from './http-problem.ts';

/** Far more than 99 contacts need; API Gateway itself lets 10 MB through. */
const largestBody = 1024 * 1024;

/** The API key's id stands for the account: API Gateway has checked the key. */
export function accountOf(event: APIGatewayProxyEvent): string {
  const account = event.requestContext.identity.apiKeyId;
  if (!account) throw new HttpProblem(401, 'unauthorized', 'An API key is required.');
  return account;
}

export function contactIdOf(event: APIGatewayProxyEvent): string {
  const id = event.pathParameters?.contactId;
  if (!id) throw contactNotFound();
  return id;
}

export function contactNotFound(): HttpProblem {
  return new HttpProblem(404, 'contact_not_found', 'There is no such contact.');
}

export function bodyOf<T extends z.ZodType>(event: APIGatewayProxyEvent, schema: T): z.infer<T> {
  requireJson(event);
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.byteLength > largestBody)
    throw new HttpProblem(413, 'body_too_large', `The body must not be larger than ${largestBody} bytes.`);
  const parsed = schema.safeParse(json(bytes));
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new HttpProblem(400, 'invalid_request', 'The body is not valid.', { errors });
}

function requireJson({ headers }: APIGatewayProxyEvent): void {
  const contentType = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  if (/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType.trim())) return;
  throw new HttpProblem(415, 'unsupported_media_type', 'The body must be JSON: send content-type: application/json.');
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new HttpProblem(400, 'invalid_json', 'The body is not JSON.');
  }
}
