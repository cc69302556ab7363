/** What the API does with idempotency keys: for the handlers that do it, and the pages that say so. */
import type { IdempotencyOptions, PolicyDescriptions } from 'middy-idempotency-key';
import { accountOf } from './account.ts';
import { policyUrlVariable } from './policy-url.ts';

const policyUrl = process.env[policyUrlVariable];

/** Keys are those of the account that API Gateway has verified, whatever else the event says. */
export const idempotencyOptions: IdempotencyOptions = {
  scope: accountOf,
  ...(policyUrl ? { problemType: policyUrl } : {}),
};

export const descriptions: PolicyDescriptions = {
  scope: 'A key belongs to the account of the API key that it is sent with.',
};
