/** What others' rules say of the contacts stack: cdk-nag (AWS Solutions) and cfn-lint. */
import { spawnSync } from 'node:child_process';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { apiKinds } from '../../bin/contacts-api.ts';
import { SynthesizedStack } from './synthesized.ts';

/** `CFN_LINT`: the command, where it is not in the PATH. */
const cfnLint = process.env.CFN_LINT ?? 'cfn-lint';
const isInstalled = spawnSync(cfnLint, ['--version']).status === 0;
const howToInstall = `there is no ${cfnLint}: "pip install cfn-lint" brings it, and CFN_LINT names one that is not in the PATH`;
// The default reporter shows no reasons for what is skipped.
if (!isInstalled) console.warn(`templates go unchecked: ${howToInstall}`);

describe.each(apiKinds)('the template with api=%s', api => {
  const stack = new SynthesizedStack({ api });
  afterAll(() => stack.remove());

  it('has no finding of cdk-nag that is not acknowledged beside its construct, with a reason', () => {
    const report = new AwsSolutionsChecks(stack.app, { verbose: true }).validateScope(stack.app);
    const findings = report.violations.map(({ ruleName, violatingResources }) => ({
      ruleName,
      at: violatingResources.map(({ constructPath }) => constructPath),
    }));
    expect(findings).toEqual([]);
    expect(report.success).toBe(true);
  });

  it.skipIf(!isInstalled)(
    'has no finding of cfn-lint',
    () => {
      // W3005: aws-cdk writes down dependencies that are plain from the template too.
      const { status, stdout, stderr } = spawnSync(cfnLint, ['--ignore-checks', 'W3005', '--', stack.file], { encoding: 'utf8' });
      expect(`${stdout}${stderr}`).toBe('');
      expect(status).toBe(0);
    },
    60_000,
  );
});
