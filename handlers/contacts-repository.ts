/** The contacts of all accounts, in their DynamoDB table. Every call names the account, which is the partition: none sees another. */
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Contact, ContactChanges, ContactInput } from './contact.ts';
import { contactsTable } from './contacts-table-schema.ts';

export type ContactWrite = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

export interface ContactPage {
  /** In the order of their creation. */
  readonly contacts: readonly Contact[];
  readonly hasMore: boolean;
}

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const TableName = tableName();
const isThere = { ConditionExpression: 'attribute_exists(contactId)' };
const isNotThere = { ConditionExpression: 'attribute_not_exists(contactId)' };

/** The writes that create the contacts, for one transaction. */
export function creations(accountId: string, contacts: readonly Contact[]): ContactWrite[] {
  return contacts.map(({ id, ...contact }) => ({ Put: { TableName, Item: { accountId, contactId: id, ...contact }, ...isNotThere } }));
}

/** All of the writes, or none. */
export async function commit(writes: ContactWrite[]): Promise<void> {
  await client.send(new TransactWriteCommand({ TransactItems: writes }));
}

export async function get(accountId: string, contactId: string): Promise<Contact | undefined> {
  const { Item } = await client.send(new GetCommand({ TableName, Key: { accountId, contactId }, ConsistentRead: true }));
  return Item === undefined ? undefined : toContact(Item);
}

/** Up to `limit` contacts; those that follow the contact `after`, when there is one. */
export async function list(accountId: string, limit: number, after: string | undefined): Promise<ContactPage> {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'accountId = :accountId',
      ExpressionAttributeValues: { ':accountId': accountId },
      // One more than is shown tells whether there are more: DynamoDB's own mark is there at the very end too.
      Limit: limit + 1,
      ConsistentRead: true,
      ...(after === undefined ? {} : { ExclusiveStartKey: { accountId, contactId: after } }),
    }),
  );
  // A page may also be cut short, by its size.
  return { contacts: Items.slice(0, limit).map(toContact), hasMore: Items.length > limit || LastEvaluatedKey !== undefined };
}

/** What the input leaves out is taken away. Undefined: there is no such contact. */
export async function replace(accountId: string, contactId: string, input: ContactInput, now: Date): Promise<Contact | undefined> {
  return change(accountId, contactId, { email: null, phone: null, notes: null, ...input }, now);
}

/** Undefined: there is no such contact. */
export async function change(accountId: string, contactId: string, changes: ContactChanges, now: Date): Promise<Contact | undefined> {
  const members = Object.entries({ ...changes, updatedAt: now.toISOString() });
  const set = members.filter(([, value]) => value !== null);
  const removed = members.filter(([, value]) => value === null);
  const changed = await unlessAbsent(() =>
    client.send(
      new UpdateCommand({
        TableName,
        Key: { accountId, contactId },
        UpdateExpression: [
          `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
          ...(removed.length > 0 ? [`REMOVE ${removed.map(([name]) => `#${name}`).join(', ')}`] : []),
        ].join(' '),
        ExpressionAttributeNames: Object.fromEntries(members.map(([name]) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
        ReturnValues: 'ALL_NEW',
        ...isThere,
      }),
    ),
  );
  return changed?.Attributes === undefined ? undefined : toContact(changed.Attributes);
}

/** False: there was no such contact. */
export async function remove(accountId: string, contactId: string): Promise<boolean> {
  const removed = await unlessAbsent(() => client.send(new DeleteCommand({ TableName, Key: { accountId, contactId }, ...isThere })));
  return removed !== undefined;
}

async function unlessAbsent<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

/** The members in the order of the API, which DynamoDB doesn't keep. */
function toContact(item: Record<string, unknown>): Contact {
  // The table holds what this file wrote to it, and nothing else.
  const { contactId, name, type, email, phone, notes, createdAt, updatedAt } = item as Omit<Contact, 'id'> & { contactId: string };
  return { id: contactId, name, type, email, phone, notes, createdAt, updatedAt };
}

function tableName(): string {
  const name = process.env[contactsTable.environmentVariable];
  if (!name) throw new Error(`the environment variable ${contactsTable.environmentVariable} must name the contacts table`);
  return name;
}
