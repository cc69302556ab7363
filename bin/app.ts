/** The CDK app: `cdk synth` and `cdk deploy` run it (see `cdk.json`). */
import { App, RemovalPolicy } from 'aws-cdk-lib';
import { ContactsStack } from './contacts-stack.ts';

const app = new App();

// `-c disposable=true`: a stack to try things on, of which `cdk destroy` leaves nothing behind.
const isDisposable = app.node.tryGetContext('disposable') === 'true';

new ContactsStack(app, 'Contacts', { removalPolicy: isDisposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN });
