/** The HTTP API's table of API keys: shared by its authorizer and the CDK stack. An item has the account beside the key's hash. */
export const apiKeysTable = {
  /** Partition key, a string: SHA-256 of the API key, in lower-case hexadecimal. The key itself is kept by its owner alone. */
  partitionKey: 'keyHash',
  /** A string: whose key it is. */
  account: 'accountId',
  /** The environment variable that names the table. */
  environmentVariable: 'API_KEYS_TABLE_NAME',
} as const;
