import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bodyBytes, callerOf, headerValues, readRequest, unnamedIdentity } from '../../lib/http/request.ts';

const fixture = (name: string) => JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));
const key = '550e8400-e29b-41d4-a716-446655440000';
const apiKey = 'Zt6kW2vQ9sLx4nB8rY1pD5hJ3mC7gF0a';
const path = '/api/v1/developers/contacts';

const events: readonly [name: string, dialect: string, caller: readonly string[]][] = [
  ['rest-api-key', 'rest', ['api-key-id', 'q1w2e3r4t5']],
  [
    'rest-cognito',
    'rest',
    ['token', 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI', '6f1c9a52-0d3b-4c7e-8a91-2b5d4e6f7a80'],
  ],
  ['rest-lambda-authorizer', 'rest', ['principal', 'user|ann']],
  ['rest-iam', 'rest', ['iam', 'arn:aws:sts::123456789012:assumed-role/partner/deploy']],
  [
    'rest-cognito-identity-pool',
    'rest',
    [
      'iam',
      'arn:aws:sts::123456789012:assumed-role/app-users/CognitoIdentityCredentials',
      'cognito',
      'eu-central-1:1a2b3c4d-5e6f-4708-9192-a3b4c5d6e7f8',
    ],
  ],
  ['http-api-payload-1', 'rest', ['api-key', apiKey]],
  ['http-api-jwt', 'http-api', ['token', 'https://issuer.example.com/', 'auth0|5f7c8ec7c33c6c004bbafe82']],
  [
    'http-api-iam',
    'http-api',
    [
      'iam',
      'arn:aws:sts::123456789012:assumed-role/app-users/CognitoIdentityCredentials',
      'cognito',
      'eu-central-1:1a2b3c4d-5e6f-4708-9192-a3b4c5d6e7f8',
    ],
  ],
  ['http-api-lambda-authorizer', 'http-api', ['api-key', apiKey]],
  ['http-api-anonymous', 'http-api', []],
  ['function-url-iam', 'http-api', ['iam', 'arn:aws:iam::123456789012:user/partner']],
  ['alb', 'alb', ['api-key', apiKey]],
  ['alb-multi-value', 'alb', ['api-key', apiKey]],
];

describe.each(events)('an event of %s', (name, dialect, caller) => {
  const event = fixture(name);

  it('has its method, path, key and body read', () => {
    const request = readRequest(event);
    expect(request).toMatchObject({ dialect, method: 'POST', path, multiValueHeaders: name === 'alb-multi-value' });
    expect(headerValues(event, 'Idempotency-Key')).toEqual([key]);
    expect(request && Buffer.from(bodyBytes(request)).toString()).toBe('{"name": "ACME Corp", "type": "client"}');
  });

  it('has all its identity read', () => {
    expect(callerOf(event)).toEqual(caller);
    expect(unnamedIdentity(event)).toBe(name === 'http-api-lambda-authorizer' ? "a Lambda authorizer's context" : undefined);
  });
});

describe('readRequest', () => {
  it('compares methods in upper case, and leaves the path as it was received', () => {
    expect(readRequest({ httpMethod: 'post', path: '/a%20B/../c' })).toMatchObject({ method: 'POST', path: '/a%20B/../c' });
  });

  it('leaves the stage in the path of an HTTP API, where it belongs to what was received', () => {
    const event = { ...fixture('http-api-jwt'), rawPath: `/dev${path}` };
    expect(readRequest(event)?.path).toBe(`/dev${path}`);
  });

  it.each([
    [undefined],
    [null],
    ['text'],
    [5],
    [[]],
    [{}],
    [{ Records: [] }],
    [{ httpMethod: 'POST' }],
    [{ path: '/a' }],
    [{ httpMethod: 1, path: '/a' }],
    [{ requestContext: { http: {} }, rawPath: '/a' }],
  ])('finds no request in %j', event => {
    expect(readRequest(event)).toBeUndefined();
  });

  it('takes inherited members for nothing', () => {
    expect(readRequest(Object.create({ httpMethod: 'POST', path: '/a' }))).toBeUndefined();
  });
});

describe('headerValues', () => {
  it('finds a field under whatever case its name came', () => {
    expect(headerValues({ headers: { 'iDEMPOTENCY-kEY': 'k' } }, 'Idempotency-Key')).toEqual(['k']);
  });

  it('shows every line: repeated, and in another case', () => {
    const event = { headers: { 'Idempotency-Key': 'b' }, multiValueHeaders: { 'Idempotency-Key': ['a', 'b'] } };
    expect(headerValues(event, 'Idempotency-Key')).toEqual(['a', 'b']);
    expect(headerValues({ headers: { 'Idempotency-Key': 'a', 'idempotency-key': 'b' } }, 'Idempotency-Key')).toEqual(['a', 'b']);
  });

  it('takes a field that both places have for one', () => {
    const event = { headers: { 'idempotency-key': 'k' }, multiValueHeaders: { 'Idempotency-Key': ['k'] } };
    expect(headerValues(event, 'Idempotency-Key')).toEqual(['k']);
  });

  it('finds a field that only one of the two places has', () => {
    expect(headerValues({ headers: { 'Idempotency-Key': 'k' }, multiValueHeaders: { Accept: ['*/*'] } }, 'Idempotency-Key')).toEqual(['k']);
    expect(headerValues({ headers: null, multiValueHeaders: { 'idempotency-key': ['k'] } }, 'Idempotency-Key')).toEqual(['k']);
  });

  it('takes null and undefined for absent, and an empty value for a value', () => {
    expect(headerValues({ headers: { 'Idempotency-Key': null } }, 'Idempotency-Key')).toEqual([]);
    expect(headerValues({ headers: { 'Idempotency-Key': undefined } }, 'Idempotency-Key')).toEqual([]);
    expect(headerValues({ headers: { 'Idempotency-Key': '' } }, 'Idempotency-Key')).toEqual(['']);
  });

  it('is not led astray by names of object members', () => {
    expect(headerValues({ headers: {} }, 'constructor')).toEqual([]);
    expect(headerValues({ headers: JSON.parse('{"__proto__":"k"}') }, '__proto__')).toEqual(['k']);
  });
});

describe('callerOf', () => {
  it('puts the API key and the user together', () => {
    const event = fixture('rest-cognito');
    event.requestContext.identity.apiKeyId = 'q1w2e3r4t5';
    expect(callerOf(event)).toEqual(['api-key-id', 'q1w2e3r4t5', 'token', expect.any(String), expect.any(String)]);
  });

  it('takes the key that API Gateway has checked before one that only says so', () => {
    const event = fixture('rest-api-key');
    event.headers['x-api-key'] = 'another';
    expect(callerOf(event)).toEqual(['api-key-id', 'q1w2e3r4t5']);
  });

  it('tells two lines of API keys from one that joins them', () => {
    const of = (...lines: string[]) => callerOf({ multiValueHeaders: { 'x-api-key': lines } });
    expect(of('a', 'b')).toEqual(['api-key', 'a,b']);
    expect(of('a', 'b')).not.toEqual(of('ab'));
  });

  it('takes a token without an issuer for one whose issuer is nameless', () => {
    expect(callerOf({ requestContext: { authorizer: { jwt: { claims: { sub: 'ann' } } } } })).toEqual(['token', '', 'ann']);
  });

  it.each(['', null, undefined, 5, {}])('takes %j for no identity', value => {
    expect(
      callerOf({
        headers: { 'x-api-key': value },
        requestContext: { identity: { apiKeyId: value, userArn: value }, authorizer: { principalId: value } },
      }),
    ).toEqual([]);
  });

  it('keeps equal subjects of two issuers apart', () => {
    const of = (iss: string) => callerOf({ requestContext: { authorizer: { jwt: { claims: { iss, sub: 'ann' } } } } });
    expect(of('https://a.example')).not.toEqual(of('https://b.example'));
  });
});

describe('a client certificate', () => {
  const names = { subjectDN: 'CN=partner', issuerDN: 'CN=CA', serialNumber: 'a1:b2' };
  const withCertificate = (clientCert: unknown) => ({ requestContext: { identity: { clientCert } } });

  it('names the caller by issuer and subject, in either payload, and the same after it was renewed', () => {
    const caller = ['certificate', 'CN=CA', 'CN=partner'];
    expect(callerOf(withCertificate(names))).toEqual(caller);
    expect(callerOf(withCertificate({ ...names, serialNumber: 'c3' }))).toEqual(caller);
    expect(callerOf({ requestContext: { authentication: { clientCert: names } } })).toEqual(caller);
    expect(unnamedIdentity(withCertificate(names))).toBeUndefined();
  });

  it('joins the API key: it is more of the same caller', () => {
    const event = fixture('rest-api-key');
    event.requestContext.identity.clientCert = names;
    expect(callerOf(event)).toEqual(['api-key-id', 'q1w2e3r4t5', 'certificate', 'CN=CA', 'CN=partner']);
  });

  it('without a subject names it by issuer and serial number', () => {
    expect(callerOf(withCertificate({ ...names, subjectDN: '' }))).toEqual(['certificate-serial', 'CN=CA', 'a1:b2']);
  });

  it('without an issuer has a nameless one', () => {
    expect(callerOf(withCertificate({ subjectDN: 'CN=partner' }))).toEqual(['certificate', '', 'CN=partner']);
    expect(callerOf(withCertificate({ serialNumber: 'a1' }))).toEqual(['certificate-serial', '', 'a1']);
  });

  it('without either is an identity that nobody can name', () => {
    expect(callerOf(withCertificate({ clientCertPem: 'x' }))).toEqual([]);
    expect(unnamedIdentity(withCertificate({ clientCertPem: 'x' }))).toBe('a client certificate with neither subject nor serial number');
  });

  it.each([null, undefined, 'x'])('is none when it is %j', clientCert => {
    expect([callerOf(withCertificate(clientCert)), unnamedIdentity(withCertificate(clientCert))]).toEqual([[], undefined]);
  });
});

describe('the user of a load balancer', () => {
  const fields = {
    'x-amzn-oidc-identity': 'ann',
    'x-amzn-mtls-clientcert-issuer': 'CN=CA',
    'x-amzn-mtls-clientcert-subject': 'CN=partner',
  };

  it('divides the callers of one API key', () => {
    const event = fixture('alb');
    Object.assign(event.headers, fields);
    expect(callerOf(event)).toEqual(['api-key', apiKey, ...Object.entries(fields).flat()]);
  });

  it('is read from every line, and not from an empty one', () => {
    const event = fixture('alb-multi-value');
    event.multiValueHeaders['x-amzn-oidc-identity'] = ['ann', '', 'bob'];
    event.multiValueHeaders['x-amzn-mtls-clientcert-subject'] = [''];
    expect(callerOf(event)).toEqual(['api-key', apiKey, 'x-amzn-oidc-identity', 'ann,bob']);
  });

  it('is no caller alone: where no rule authenticates, the client has chosen the field', () => {
    const event = fixture('alb');
    Object.assign(event.headers, fields);
    delete event.headers['x-api-key'];
    expect(callerOf(event)).toEqual([]);
  });

  it('is not looked for elsewhere, where the client chooses the field', () => {
    const event = fixture('rest-api-key');
    Object.assign(event.headers, fields);
    expect(callerOf(event)).toEqual(['api-key-id', 'q1w2e3r4t5']);
  });
});

describe('unnamedIdentity', () => {
  const withAuthorizer = (authorizer: unknown) => ({ requestContext: { authorizer } });

  it('notices a verified token that names no subject', () => {
    const event = fixture('http-api-jwt');
    delete event.requestContext.authorizer.jwt.claims.sub;
    expect(unnamedIdentity(event)).toBe('a token without "sub"');
  });

  it.each([[{ tenant: 'acme' }], [{}], [null]])('notices that a Lambda authorizer let the caller in, and gave %j for a context', lambda => {
    expect(unnamedIdentity(withAuthorizer({ lambda }))).toBe("a Lambda authorizer's context");
  });

  it.each([
    [{ tenant: 'acme', claims: null, scopes: null }],
    [{ principalId: '', tenant: 'acme' }],
    [{ principalId: '' }],
    [{ principalId: 5 }],
  ])('notices a Lambda authorizer of payload 1.0 that names no principal: %j', authorizer => {
    expect(unnamedIdentity(withAuthorizer(authorizer))).toBe('a Lambda authorizer without a "principalId"');
  });

  it.each([
    [undefined],
    [null],
    ['text'],
    [{}],
    [{ claims: null, scopes: null, integrationLatency: 3 }],
    [{ tenant: undefined, user: null }],
    [{ principalId: 'ann', tenant: 'acme' }],
    [{ iam: { userArn: 'arn' }, jwt: null }],
    [{ claims: { sub: 'ann' }, scopes: ['a'] }],
    [{ jwt: { claims: { sub: 'ann' }, scopes: null } }],
  ])('finds nothing amiss with %j', authorizer => {
    expect(unnamedIdentity(withAuthorizer(authorizer))).toBeUndefined();
  });
});

describe('bodyBytes', () => {
  const bytes = (body: unknown, isBase64Encoded = false) => {
    const request = readRequest({ httpMethod: 'POST', path: '/', body, isBase64Encoded });
    return request && Buffer.from(bodyBytes(request));
  };

  it('decodes a binary body', () => {
    expect(bytes('AP8=', true)).toEqual(Buffer.from([0x00, 0xff]));
  });

  it('takes no body for an empty one', () => {
    expect(bytes(null)).toEqual(Buffer.alloc(0));
    expect(bytes(undefined)).toEqual(Buffer.alloc(0));
    expect(bytes('')).toEqual(Buffer.alloc(0));
  });

  it('serializes a body that was parsed before', () => {
    expect(bytes({ a: [1, 'x'] })?.toString()).toBe('{"a":[1,"x"]}');
  });
});
