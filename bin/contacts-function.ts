/** A Lambda function of the contacts API: a handler, bundled, with the settings that all of them have. */
import { fileURLToPath } from 'node:url';
import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ApplicationLogLevel, Architecture, LoggingFormat, Runtime, SystemLogLevel, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { functionBundling } from './function-bundling.ts';
import { functionSettings } from './function-settings.ts';

export interface ContactsFunctionProps {
  readonly description: string;
  /** A file in `handlers/` that exports `handler`. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * No concurrency is reserved: it would be taken from the account's other functions, an account that starts with a limit of 10 has none
 * to give, and what comes in is throttled in front of the API already.
 */
export class ContactsFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, { description, entry, environment, removalPolicy }: ContactsFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}-logs`, { retention: RetentionDays.ONE_MONTH, removalPolicy });
    // A role of its own: Lambda's managed policy would let it write to every log group of the account.
    const role = new Role(scope, `${id}-role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      description,
      entry: inProject(`handlers/${entry}`),
      projectRoot: inProject('.'),
      depsLockFilePath: inProject('package-lock.json'),
      bundling: functionBundling,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: functionSettings.memoryMb,
      timeout: Duration.seconds(functionSettings.timeoutSeconds),
      environment: { ...environment, NODE_OPTIONS: '--enable-source-maps' },
      // The AWS SDK of today keeps connections alive without being told.
      awsSdkConnectionReuse: false,
      tracing: Tracing.ACTIVE,
      role,
      logGroup,
      // With the level and the request's id in fields of their own. A line without a level, as of metrics, counts as INFO.
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      // INFO has the report of each invocation: its duration, the memory it used, a cold start.
      systemLogLevelV2: SystemLogLevel.INFO,
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray knows no resources: permission to send traces is for * or for nothing.',
    });
  }
}

function inProject(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}
