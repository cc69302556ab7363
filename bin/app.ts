/** The CDK app: `cdk synth` and `cdk deploy` run it (see `cdk.json`). */
import { App, RemovalPolicy } from 'aws-cdk-lib';
import { type ApiKind, apiKinds } from './contacts-api.ts';
import { ContactsStack } from './contacts-stack.ts';

const app = new App();

// `-c disposable=true`: a stack to try things on, of which `cdk destroy` leaves nothing behind.
const isDisposable = app.node.tryGetContext('disposable') === 'true';

new ContactsStack(app, 'Contacts', {
  api: apiKindFrom(app.node.tryGetContext('api')),
  removalPolicy: isDisposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
});

/** `-c api=http`: an HTTP API instead of a REST API. */
function apiKindFrom(context: unknown = 'rest'): ApiKind {
  const kind = apiKinds.find(name => name === context);
  if (kind === undefined) throw new Error(`the context "api" must be ${apiKinds.join(' or ')}, got ${JSON.stringify(context)}`);
  return kind;
}
