import middy from '@middy/core';
import { idempotency } from 'middy-idempotency-key';

export const handler = middy(async () => ({ statusCode: 201, body: '{"id":"42"}' })).use(idempotency());
