/** GET /idempotency: what the API does with idempotency keys. Every refusal of a key refers to its section here. */
import type { APIGatewayProxyResult } from 'aws-lambda';
import { policy } from 'middy-idempotency-key';
import { read } from './api-handler.ts';
import { corsHeaders } from './cors.ts';
import { descriptions, idempotencyOptions } from './idempotency-options.ts';

const { html } = policy(idempotencyOptions, descriptions);

async function policyPage(): Promise<APIGatewayProxyResult> {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    // The page has its own style, and loads nothing.
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'cache-control': 'public, max-age=3600',
    ...corsHeaders,
  };
  return { statusCode: 200, headers, body: html };
}

export const handler = read(policyPage);
