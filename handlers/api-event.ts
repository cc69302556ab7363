/** The events that the handlers serve: a REST API's (payload 1.0), and an HTTP API's (2.0) whose Lambda authorizer has named the account. */
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2WithLambdaAuthorizer } from 'aws-lambda';

export type ApiEvent = APIGatewayProxyEvent | HttpApiEvent;

export type HttpApiEvent = APIGatewayProxyEventV2WithLambdaAuthorizer<AuthorizedAccount>;

/** What the authorizer tells the handlers. */
export interface AuthorizedAccount {
  readonly accountId: string;
}

export function isHttpApiEvent(event: ApiEvent): event is HttpApiEvent {
  return 'version' in event && event.version === '2.0';
}
