/** `--help`. */
import { tableNameVariable } from '../store/table-schema.ts';

export const help = `Looks at one record of the idempotency table, and resolves it where no attempt will.

  middy-idempotency-key inspect  <record> [--body]
  middy-idempotency-key release  <record> [--yes] [--force]
  middy-idempotency-key complete <record> --status 201 [--header "name: value"]... [--body-file FILE] [--yes] [--force]

inspect   shows the record: its state, its attempt, its times, and of a response the status and the sizes. It shows no key, and
          the response only with --body.
release   frees the key: the next repeat of the request runs the handler. For an effect that is not there, and can't come.
complete  stores the response that the client should have had: a repeat gets it until the record expires. For an effect that is
          there. Only a 2xx is stored. FILE "-" is the standard input; without --body-file there is no body.

release and complete write only if the record is still the claim that they have just read. They refuse completed records; and
claims whose lease lasts, for an attempt may be running:
  --yes     do it. Without it they say what they would do
  --force   even while the lease lasts. An attempt that is still at work may then have its effect beside, or after, what you do
The lease and the expiry are judged by the clock of this machine.

Which record:
  --id=ID                  the "id" in an event or a log line (with "=": it may begin with a dash); or
  --key KEY                as the client sent it, and its caller:
    --scope SCOPE            what your option "scope" returned for it; or, without that option, all of these that its event had:
    --api-key-id ID          of a REST API's API key
    --api-key VALUE          the x-api-key header, where there is no such id (it stays in your shell's history: --id does not)
    --subject SUB --issuer ISS  the claims "sub" and "iss" of its token
    --principal ID           the "principalId" of a REST API's Lambda authorizer
    --user-arn ARN           of IAM
    --cognito-identity ID    of a Cognito identity pool
  For a client certificate, or a load balancer's users, take --id.

Where:
  --table NAME             or ${tableNameVariable}
  --region REGION          or as the AWS SDK finds it, as it does credentials
  --endpoint URL           or DYNAMODB_ENDPOINT: a DynamoDB of your own

  --multi-value-headers    complete for a load balancer with multi-value headers
  --json                   one JSON object on the standard output: { outcome, message, record? }
  --help                   this

Exit codes:
  0  done, or found, or (without --yes) nothing stands in the way
  1  nothing was changed: no such record, or it is not one to resolve, or somebody else came first
  2  the command line is wrong
  3  DynamoDB refused, or did not answer`;
