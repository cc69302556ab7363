/** GET /openapi.json: the API for tools. */
import type { APIGatewayProxyResult } from 'aws-lambda';
import { read } from './api-handler.ts';
import { jsonResponse } from './json-response.ts';
import { openApiDocument } from './openapi-document.ts';

const document = openApiDocument();

async function openApi(): Promise<APIGatewayProxyResult> {
  return jsonResponse(200, document, { 'cache-control': 'public, max-age=3600' });
}

export const handler = read(openApi);
