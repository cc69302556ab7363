/** The policy for tools: components for an OpenAPI 3.1 document. */
import { problemResponse } from '../http/problems.ts';
import { replayMarker } from '../http/response.ts';
import type { Rules } from '../options.ts';
import { maxKeyLength } from '../protocol/idempotency-key.ts';
import { durationText } from './duration.ts';
import { exampleKey } from './page.ts';
import { describeProblems, type ProblemDescription } from './problems.ts';

/** Any JSON Schema (draft 2020-12), as OpenAPI 3.1 takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface OpenApiReference {
  readonly $ref: string;
}

export interface OpenApiHeader {
  readonly description: string;
  readonly schema: JsonSchema;
}

export interface OpenApiKeyParameter extends OpenApiHeader {
  readonly name: string;
  readonly in: 'header';
  readonly required: boolean;
  readonly example: string;
}

export interface OpenApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, OpenApiReference>>;
  readonly content: Readonly<Record<string, OpenApiMediaType>>;
}

export interface OpenApiMediaType {
  readonly schema: OpenApiReference;
  /** By the problem's name. */
  readonly examples: Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;
}

/**
 * Components to merge into an OpenAPI 3.1 document. A protected operation refers to the parameter; to the responses, by their
 * status; and to the header `Idempotent-Replayed` from its own 2xx.
 */
export interface OpenApiFragment {
  readonly components: {
    /** Empty with the option `key`: then the key is not in a header that is known here. */
    readonly parameters: { readonly IdempotencyKey?: OpenApiKeyParameter };
    readonly headers: { readonly 'Idempotent-Replayed': OpenApiHeader; readonly 'Retry-After': OpenApiHeader };
    readonly schemas: { readonly IdempotencyProblem: JsonSchema };
    readonly responses: Readonly<Record<`Idempotency${400 | 409 | 422 | 503}`, OpenApiResponse>>;
  };
}

export function openApiFragment(rules: Rules): OpenApiFragment {
  const problems = describeProblems(rules);
  const response = (status: number, description: string) => responseOf(description, problemsOf(problems, status), rules);
  return {
    components: {
      parameters: rules.key === undefined ? { IdempotencyKey: keyParameter(rules) } : {},
      headers: {
        [replayMarker]: {
          description: 'There when the answer is the stored one of an earlier request with the same key.',
          schema: { type: 'string', const: 'true' },
        },
        'Retry-After': {
          description: 'In how many seconds to send the same request with the same key again.',
          schema: { type: 'integer', minimum: 1 },
        },
      },
      schemas: { IdempotencyProblem: problemSchema(problems, rules) },
      responses: {
        Idempotency400: response(400, 'The idempotency key is missing or malformed.'),
        Idempotency409: response(409, 'An earlier request with the same key has no outcome yet, or none that is known.'),
        Idempotency422: response(422, 'The idempotency key stands for another request.'),
        Idempotency503: response(503, 'The idempotency key could not be looked up.'),
      },
    },
  };
}

/**
 * What the key parser takes, without the spaces around it: a bare value, in which a comma would mean "sent twice"; or a quoted
 * string, in which an escaped character counts as one.
 */
export function keyPattern(): string {
  const bare = `[!#-+\\--~]([ !#-+\\--~]{0,${maxKeyLength - 2}}[!#-+\\--~])?`;
  const quoted = `"([ !#-\\[\\]-~]|\\\\["\\\\]){1,${maxKeyLength}}"`;
  return `^(${bare}|${quoted})$`;
}

function keyParameter({ headerName, required, retentionMs }: Rules): OpenApiKeyParameter {
  return {
    name: headerName,
    in: 'header',
    required,
    description:
      `Names the operation, so that a repeat of the request gets the first answer instead of being performed again, for ${durationText(retentionMs)}. ` +
      `A random value for each operation: 1 to ${maxKeyLength} printable ASCII characters, bare or as a quoted string.`,
    // The longest is quoted, with every character escaped.
    schema: { type: 'string', minLength: 1, maxLength: 2 * maxKeyLength + 2, pattern: keyPattern() },
    example: exampleKey,
  };
}

function problemSchema(problems: readonly ProblemDescription[], { problemType }: Rules): JsonSchema {
  const types = problems.map(({ example }) => example.type);
  const text = { type: 'string' };
  return {
    type: 'object',
    description: 'A problem document (RFC 9457), with the member `error` besides.',
    required: ['type', 'title', 'status', 'detail', 'error'],
    properties: {
      type: {
        type: 'string',
        format: 'uri',
        enum: problemType === undefined ? ['about:blank'] : types.map(type => `${problemType}#${type}`),
      },
      title: text,
      status: { type: 'integer', enum: [...new Set(problems.map(({ example }) => example.status))] },
      detail: text,
      error: { type: 'object', required: ['type', 'message'], properties: { type: { type: 'string', enum: types }, message: text } },
    },
  };
}

function problemsOf(problems: readonly ProblemDescription[], status: number): readonly ProblemDescription[] {
  return problems.filter(({ example }) => example.status === status);
}

function responseOf(description: string, problems: readonly ProblemDescription[], { problemType }: Rules): OpenApiResponse {
  const examples = problems.map(({ example }): [string, OpenApiMediaType['examples'][string]] => {
    const { body } = problemResponse(example, problemType, false);
    return [example.type, { summary: example.message, value: JSON.parse(body) }];
  });
  const mayRetry = problems.some(({ example }) => example.retryAfterSeconds !== undefined);
  return {
    description,
    ...(mayRetry ? { headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } } : {}),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/IdempotencyProblem' },
        examples: Object.fromEntries(examples),
      },
    },
  };
}
