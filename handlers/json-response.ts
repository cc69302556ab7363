/**
 * The handlers' successful answers. They have their CORS headers from the start: an answer that a middleware changes after it was
 * committed must be stored once more.
 */
import type { APIGatewayProxyResult } from 'aws-lambda';
import { corsHeaders } from './cors.ts';

export function jsonResponse(statusCode: number, body: unknown, headers: Readonly<Record<string, string>> = {}): APIGatewayProxyResult {
  return { statusCode, headers: { 'content-type': 'application/json', ...corsHeaders, ...headers }, body: JSON.stringify(body) };
}

export function noContent(): APIGatewayProxyResult {
  return { statusCode: 204, headers: { ...corsHeaders }, body: '' };
}
