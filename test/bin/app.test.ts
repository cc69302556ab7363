/** The CDK app, run as the CDK runs it: with its context in the environment. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const project = fileURLToPath(new URL('../../', import.meta.url));
const { app, context } = JSON.parse(readFileSync(join(project, 'cdk.json'), 'utf8'));

/** As with `-c name=value`. */
function synthesize(given: Readonly<Record<string, string>>) {
  const outdir = mkdtempSync(join(tmpdir(), 'app-'));
  const json = JSON.stringify({ ...context, 'aws:cdk:bundling-stacks': [], ...given });
  const { status, stderr } = spawnSync(app, {
    cwd: project,
    shell: true,
    encoding: 'utf8',
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: json },
  });
  const resources: { Type: string; DeletionPolicy?: string }[] =
    status === 0 ? Object.values(JSON.parse(readFileSync(join(outdir, 'Contacts.template.json'), 'utf8')).Resources) : [];
  rmSync(outdir, { recursive: true });
  return {
    stderr,
    types: new Set(resources.map(({ Type }) => Type)),
    policies: new Set(resources.map(({ DeletionPolicy }) => DeletionPolicy)),
  };
}

describe('the CDK app', () => {
  it.each([
    [{}, 'AWS::ApiGateway::RestApi', 'AWS::ApiGatewayV2::Api'],
    [{ api: 'rest' }, 'AWS::ApiGateway::RestApi', 'AWS::ApiGatewayV2::Api'],
    [{ api: 'http' }, 'AWS::ApiGatewayV2::Api', 'AWS::ApiGateway::RestApi'],
  ])('makes, told %j, an %s and no %s', (given, wanted, unwanted) => {
    const { types, policies } = synthesize(given);
    expect(types).toContain(wanted);
    expect(types).not.toContain(unwanted);
    expect(policies).toContain('Retain');
  });

  it.each(['rest', 'http'])('keeps nothing of a disposable stack with api=%s', api => {
    const { types, policies } = synthesize({ api, disposable: 'true' });
    expect(types).toContain('AWS::DynamoDB::GlobalTable');
    expect(policies).not.toContain('Retain');
  });

  it.each(['HTTP', '', 'graphql'])('knows no API of the kind %j', api => {
    const { types, stderr } = synthesize({ api });
    expect(types).toEqual(new Set());
    expect(stderr).toContain(`the context "api" must be rest or http, got ${JSON.stringify(api)}`);
  });
});
