/** The two API keys of the local API. Deployed, API Gateway makes and checks them. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly value: string;
}

export const apiKeys: readonly ApiKey[] = [
  { id: 'acme000001', name: 'Acme', value: 'local-acme-key-0123456789' },
  { id: 'globex0002', name: 'Globex', value: 'local-globex-key-0123456789' },
];
