/** The contacts stack's template, and ways to look things up in it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ContactsStack, type ContactsStackProps } from '../../bin/contacts-stack.ts';
import type { Route } from '../../handlers/routes.ts';

/** As `Template` gives them: untyped JSON. */
export type Resource = ReturnType<Template['findResources']>[string];

export interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));

export interface SynthesizedProps extends ContactsStackProps {
  /** Bundles take their time; a test that looks at the template alone does without. */
  readonly bundled?: boolean;
}

export class SynthesizedStack {
  readonly app: App;
  readonly template: Template;
  readonly #outdir = mkdtempSync(join(tmpdir(), 'contacts-stack-'));

  constructor({ bundled = false, ...props }: SynthesizedProps = {}) {
    this.app = new App({ outdir: this.#outdir, context: bundled ? context : { ...context, 'aws:cdk:bundling-stacks': [] } });
    this.template = Template.fromStack(new ContactsStack(this.app, 'Contacts', props));
  }

  /** The template's file. */
  get file(): string {
    return join(this.#outdir, 'Contacts.template.json');
  }

  remove(): void {
    rmSync(this.#outdir, { recursive: true, force: true });
  }

  resources(): Resource[] {
    return Object.values(this.template.toJSON().Resources);
  }

  resourcesOf(type: string): Resource[] {
    return Object.values(this.template.findResources(type));
  }

  resource(id: string): Resource {
    return this.template.toJSON().Resources[id];
  }

  only(type: string): { readonly id: string; readonly Properties: Resource } {
    const [found, ...others] = Object.entries(this.template.findResources(type));
    if (found === undefined || others.length > 0) throw new Error(`the template must have one ${type}`);
    return { id: found[0], Properties: found[1].Properties };
  }

  output(name: string): Resource {
    return this.template.toJSON().Outputs[name];
  }

  functionDescribed(description: string): Resource {
    const found = this.resourcesOf('AWS::Lambda::Function').find(({ Properties }) => Properties.Description === description);
    if (found === undefined) throw new Error(`the template has no function "${description}"`);
    return found;
  }

  /** What a function may do, in the order in which it was granted. */
  statementsOf({ Properties }: Resource): Statement[] {
    const Roles = [{ Ref: Properties.Role['Fn::GetAtt'][0] }];
    const policies = Object.values(this.template.findResources('AWS::IAM::Policy', { Properties: { Roles } }));
    return policies.flatMap(policy => policy.Properties.PolicyDocument.Statement);
  }

  /** The folder that is zipped for a function. */
  bundleOf({ Properties }: Resource): string {
    return join(this.#outdir, `asset.${Properties.Code.S3Key.replace('.zip', '')}`);
  }

  tableWithKey(partitionKey: string): string {
    const tables = this.template.findResources('AWS::DynamoDB::GlobalTable', {
      Properties: { KeySchema: Match.arrayWith([{ AttributeName: partitionKey, KeyType: 'HASH' }]) },
    });
    return Object.keys(tables)[0] ?? '';
  }
}

export function descriptionOf({ method, resource }: Route): string {
  return `${method} ${resource}`;
}

export function arnOf(id: string): unknown {
  return { 'Fn::GetAtt': [id, 'Arn'] };
}

/** The logical id in the one `Fn::GetAtt` of a joined ARN. */
export function idInArn(joined: Resource): string {
  const parts: readonly unknown[] = joined['Fn::Join'][1];
  const arn = parts.find(
    (part): part is { 'Fn::GetAtt': [string, string] } => typeof part === 'object' && part !== null && 'Fn::GetAtt' in part,
  );
  return arn?.['Fn::GetAtt'][0] ?? '';
}
