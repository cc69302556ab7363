/** The contacts table's keys and how the handlers find it: shared by the handlers, the CDK stack and the local API. Imports nothing. */
export const contactsTable = {
  /** Partition key, a string: whose contact it is. */
  partitionKey: 'accountId',
  /** Sort key, a string: UUIDv7, so that a list is in order of creation. */
  sortKey: 'contactId',
  /** The environment variable that names the table. */
  environmentVariable: 'CONTACTS_TABLE_NAME',
} as const;
