/**
 * Reads what the protocol needs from an event: method, path, header fields, caller, body. Knows the shapes of API Gateway REST
 * APIs (payload 1.0), HTTP APIs and function URLs (2.0), and ALB; trusts none of them to be well-formed.
 */

export type Dialect = 'rest' | 'http-api' | 'alb';

export interface HttpRequest {
  readonly dialect: Dialect;
  /** In upper case. */
  readonly method: string;
  /** As received, without the query string. */
  readonly path: string;
  /** Whether the answer's headers belong in `multiValueHeaders`: an ALB target group with multi-value headers reads no others. */
  readonly multiValueHeaders: boolean;
  readonly body: unknown;
  readonly isBase64Encoded: boolean;
}

/** The request in `event`, or undefined when the event is not an HTTP request in one of the known shapes. */
export function readRequest(event: unknown): HttpRequest | undefined {
  const context = member(event, 'requestContext');
  const http = member(context, 'http');
  const isVersion2 = isObject(http);
  const method = isVersion2 ? member(http, 'method') : member(event, 'httpMethod');
  const path = isVersion2 ? member(event, 'rawPath') : member(event, 'path');
  if (typeof method !== 'string' || typeof path !== 'string') return undefined;
  const dialect = isVersion2 ? 'http-api' : isObject(member(context, 'elb')) ? 'alb' : 'rest';
  const multiValueHeaders = dialect === 'alb' && isObject(member(event, 'multiValueHeaders'));
  const body = member(event, 'body');
  return {
    dialect,
    method: method.toUpperCase(),
    path,
    multiValueHeaders,
    body,
    isBase64Encoded: member(event, 'isBase64Encoded') === true,
  };
}

/**
 * Every value of a header field, under whatever case its name came. Payload 1.0 carries the fields twice; `multiValueHeaders`
 * is the one that shows a repeated line, `headers` keeps only its last value.
 */
export function headerValues(event: unknown, name: string): readonly unknown[] {
  const wanted = name.toLowerCase();
  const multiple = fieldsNamed(member(event, 'multiValueHeaders'), wanted).flat();
  return multiple.length > 0 ? multiple : fieldsNamed(member(event, 'headers'), wanted);
}

/**
 * Who is calling, as tagged parts for the record's id; empty when the event names nobody.
 *
 * All the identity there is counts, not the first found: one API key for a whole app must not join its users.
 */
export function callerOf(event: unknown): readonly string[] {
  const context = member(event, 'requestContext');
  const identity = member(context, 'identity');
  const authorizer = member(context, 'authorizer');
  return [...apiKeyOf(event, identity), ...tokenSubjectOf(authorizer), ...principalOf(authorizer), ...iamIdentityOf(identity, authorizer)];
}

/** A token was verified, but it names no subject: its caller is not known, whatever else the event says. */
export function hasAnonymousToken(event: unknown): boolean {
  const claims = claimsOf(member(member(event, 'requestContext'), 'authorizer'));
  return isObject(claims) && tokenSubjectOf({ claims }).length === 0;
}

/** The request body's bytes, as the client sent them. A body that a middleware has parsed is serialized again. */
export function bodyBytes({ body, isBase64Encoded }: HttpRequest): Uint8Array {
  // Stryker disable next-line StringLiteral: '' for 'utf8' is equivalent, since Node takes no name of a coding for UTF-8.
  if (typeof body === 'string') return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  return Buffer.from(body === undefined || body === null ? '' : JSON.stringify(body));
}

function apiKeyOf(event: unknown, identity: unknown): readonly string[] {
  const apiKeyId = text(member(identity, 'apiKeyId'));
  if (apiKeyId !== undefined) return ['api-key-id', apiKeyId];
  const sent = headerValues(event, 'x-api-key').filter(value => text(value) !== undefined);
  return sent.length > 0 ? ['api-key', sent.join(',')] : [];
}

/** A subject is unique within its issuer only (RFC 7519, section 4.1.2). */
function tokenSubjectOf(authorizer: unknown): readonly string[] {
  const claims = claimsOf(authorizer);
  const subject = text(member(claims, 'sub'));
  return subject === undefined ? [] : ['token', text(member(claims, 'iss')) ?? '', subject];
}

/** HTTP APIs put the claims under `jwt`, REST APIs with a Cognito authorizer directly under the authorizer. */
function claimsOf(authorizer: unknown): unknown {
  return member(member(authorizer, 'jwt'), 'claims') ?? member(authorizer, 'claims');
}

function principalOf(authorizer: unknown): readonly string[] {
  const principal = text(member(authorizer, 'principalId'));
  return principal === undefined ? [] : ['principal', principal];
}

/** Every user of a Cognito identity pool assumes the same role under the same session name: only the identity id tells them apart. */
function iamIdentityOf(identity: unknown, authorizer: unknown): readonly string[] {
  const iam = member(authorizer, 'iam');
  const userArn = text(member(iam, 'userArn')) ?? text(member(identity, 'userArn'));
  const cognitoId = text(member(member(iam, 'cognitoIdentity'), 'identityId')) ?? text(member(identity, 'cognitoIdentityId'));
  return [...(userArn === undefined ? [] : ['iam', userArn]), ...(cognitoId === undefined ? [] : ['cognito', cognitoId])];
}

function fieldsNamed(headers: unknown, wanted: string): unknown[] {
  if (!isObject(headers)) return [];
  const values: unknown[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() === wanted && value !== undefined && value !== null) values.push(value);
  }
  return values;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Own members only: an event is data, and `constructor` is not one of its fields. */
function member(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
