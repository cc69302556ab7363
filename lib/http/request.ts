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
 * All the identity there is counts, not the first found: one API key for a whole app must not join its users. What a load
 * balancer says of the user divides a caller, and is none alone: where no rule of it authenticates, the client has said it.
 */
export function callerOf(event: unknown): readonly string[] {
  const context = member(event, 'requestContext');
  const identity = member(context, 'identity');
  const authorizer = member(context, 'authorizer');
  const caller = [
    ...apiKeyOf(event, identity),
    ...tokenSubjectOf(authorizer),
    ...principalOf(authorizer),
    ...iamIdentityOf(identity, authorizer),
    ...certificateHolderOf(certificateOf(context)),
  ];
  return caller.length === 0 ? [] : [...caller, ...loadBalancerUserOf(event)];
}

/**
 * Somebody was let in whom the event doesn't name in a way that is known here: the caller is unknown then, whatever else it says.
 * Returns what was found, in words.
 */
export function unnamedIdentity(event: unknown): string | undefined {
  const context = member(event, 'requestContext');
  const authorizer = member(context, 'authorizer');
  const claims = claimsOf(authorizer);
  if (isObject(claims) && tokenSubjectOf({ claims }).length === 0) return 'a token without "sub"';
  // An HTTP API's Lambda authorizer: what its context means, and whether it names a user, is its author's secret.
  if (member(authorizer, 'lambda') !== undefined) return "a Lambda authorizer's context";
  if (hasCustomContext(authorizer) && principalOf(authorizer).length === 0) return 'a Lambda authorizer without a "principalId"';
  const certificate = certificateOf(context);
  if (!isObject(certificate) || certificateHolderOf(certificate).length > 0) return undefined;
  return 'a client certificate with neither subject nor serial number';
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

/** Payload 1.0 puts what a Lambda authorizer returned beside the members that API Gateway has there. */
function hasCustomContext(authorizer: unknown): boolean {
  if (!isObject(authorizer)) return false;
  return Object.entries(authorizer).some(([name, value]) => !apiGatewayMembers.has(name) && value !== undefined && value !== null);
}

const apiGatewayMembers: ReadonlySet<string> = new Set(['claims', 'scopes', 'jwt', 'iam', 'integrationLatency']);

/** Verified by API Gateway, under mutual TLS. */
function certificateOf(context: unknown): unknown {
  return member(member(context, 'identity'), 'clientCert') ?? member(member(context, 'authentication'), 'clientCert');
}

/**
 * A CA gives a subject's name to no other (RFC 5280, section 4.1.2.6), and it outlives the renewal of a certificate, which a
 * retry may span. Without a name, the serial number is all there is.
 */
function certificateHolderOf(certificate: unknown): readonly string[] {
  const issuer = text(member(certificate, 'issuerDN')) ?? '';
  const subject = text(member(certificate, 'subjectDN'));
  if (subject !== undefined) return ['certificate', issuer, subject];
  const serialNumber = text(member(certificate, 'serialNumber'));
  return serialNumber === undefined ? [] : ['certificate-serial', issuer, serialNumber];
}

/** What a load balancer that authenticates (OpenID Connect or Cognito, mutual TLS) adds to the request. */
function loadBalancerUserOf(event: unknown): readonly string[] {
  if (!isObject(member(member(event, 'requestContext'), 'elb'))) return [];
  return loadBalancerFields.flatMap(name => {
    const values = headerValues(event, name).filter(value => text(value) !== undefined);
    return values.length === 0 ? [] : [name, values.join(',')];
  });
}

const loadBalancerFields = ['x-amzn-oidc-identity', 'x-amzn-mtls-clientcert-issuer', 'x-amzn-mtls-clientcert-subject'] as const;

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
  for (const name of Object.keys(headers)) {
    // Of the 20 fields that a request has, one or two are of the length.
    // Stryker disable next-line ConditionalExpression: false for the first is equivalent, but for the time that it takes.
    if (name.length !== wanted.length || name.toLowerCase() !== wanted) continue;
    const value = headers[name];
    if (value !== undefined && value !== null) values.push(value);
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
