/** What pages of other sites may send and read (CORS): shared by the handlers, the CDK stack and the local API. Imports nothing. */
export const cors = {
  /** Any page: who may do what is a matter of the API key, and no cookie is ever sent or asked for. */
  origin: '*',
  requestHeaders: ['Content-Type', 'Idempotency-Key', 'x-api-key'],
  exposedHeaders: ['Idempotent-Replayed', 'Retry-After'],
  /** How long a browser may remember what a preflight said. */
  maxAgeSeconds: 3_600,
} as const;

/** On every answer. */
export const corsHeaders = {
  'Access-Control-Allow-Origin': cors.origin,
  'Access-Control-Expose-Headers': cors.exposedHeaders.join(','),
} as const;
