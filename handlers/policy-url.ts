/** Where the policy page is: known to the stack and the local API, which put it into the functions' environment. Imports nothing. */
export const policyUrlVariable = 'IDEMPOTENCY_POLICY_URL';
