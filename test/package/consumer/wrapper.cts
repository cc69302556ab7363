/** What a user writes in CommonJS: `require` takes ES modules since Node.js 22.12. */
import crypto = require('node:crypto');
import middyIdempotencyKey = require('middy-idempotency-key');

import type { APIGatewayProxyEvent } from 'aws-lambda';

exports.handler = middyIdempotencyKey.idempotent(async (event: APIGatewayProxyEvent, { idempotency }) => {
  const attempt: number = idempotency.attempt;
  return { statusCode: 201, body: JSON.stringify({ id: crypto.randomUUID(), attempt, path: event.path }) };
});
