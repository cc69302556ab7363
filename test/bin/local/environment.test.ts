import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setEnvironment } from '../../../bin/local/environment.ts';

const tables = { idempotency: 'records', contacts: 'people' };
const endpoint = 'http://127.0.0.1:8000';
const names = [
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
];

let before: NodeJS.ProcessEnv;
beforeEach(() => {
  before = { ...process.env };
  for (const name of names) delete process.env[name];
});
afterEach(() => {
  process.env = before;
});

describe('setEnvironment', () => {
  it('names the tables and the endpoint, and lets nothing lead past it', () => {
    process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS = 'true';
    setEnvironment({ engine: 'dynoxide', endpoint }, tables);
    expect(process.env).toMatchObject({
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      IDEMPOTENCY_TABLE_NAME: 'records',
      CONTACTS_TABLE_NAME: 'people',
    });
    expect(process.env).not.toHaveProperty('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS');
  });

  it("does not use the developer's own credentials on an embedded engine", () => {
    Object.assign(process.env, { AWS_PROFILE: 'work', AWS_ACCESS_KEY_ID: 'real', AWS_SESSION_TOKEN: 'real', AWS_REGION: 'us-east-1' });
    setEnvironment({ engine: 'DynamoDB Local', endpoint }, tables);
    expect(process.env).toMatchObject({ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: 'eu-central-1' });
    expect(process.env).not.toHaveProperty('AWS_PROFILE');
    expect(process.env).not.toHaveProperty('AWS_SESSION_TOKEN');
  });

  it('leaves credentials that there are to a DynamoDB that may want them', () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'real', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' });
    setEnvironment({ engine: 'external', endpoint }, tables);
    expect(process.env).toMatchObject({ AWS_ACCESS_KEY_ID: 'real', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' });
  });

  it('leaves a profile alone, and makes no credentials beside it', () => {
    process.env.AWS_PROFILE = 'work';
    setEnvironment({ engine: 'external', endpoint }, tables);
    expect(process.env).toMatchObject({ AWS_PROFILE: 'work', AWS_REGION: 'eu-central-1' });
    expect(process.env).not.toHaveProperty('AWS_ACCESS_KEY_ID');
  });

  it('makes credentials up for a DynamoDB elsewhere when there are none', () => {
    setEnvironment({ engine: 'external', endpoint }, tables);
    expect(process.env).toMatchObject({ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: 'eu-central-1' });
  });
});
