/** The contacts of all accounts, in their DynamoDB table. Every call names the account, which is the partition: none sees another. */
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Contact, ContactChanges, ContactInput } from './contact.ts';
import { contactsTable } from './contacts-table-schema.ts';

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}), { marshallOptions: { removeUndefinedValues: true } });
const TableName = tableName();
const isThere = { ConditionExpression: 'attribute_exists(contactId)' };
const isNotThere = { ConditionExpression: 'attribute_not_exists(contactId)' };

/** All of them, or none. */
export async function create(accountId: string, contacts: readonly Contact[]): Promise<void> {
  const TransactItems = contacts.map(contact => ({ Put: { TableName, Item: toItem(accountId, contact), ...isNotThere } }));
  await client.send(new TransactWriteCommand({ TransactItems }));
}

export async function get(accountId: string, contactId: string): Promise<Contact | undefined> {
  const { Item } = await client.send(new GetCommand({ TableName, Key: { accountId, contactId } }));
  return Item === undefined ? undefined : toContact(Item);
}

/** A page in order of creation, beginning after the contact `after`. `next`: where the next page begins; undefined at the end. */
export async function list(
  accountId: string,
  limit: number,
  after: string | undefined,
): Promise<{ readonly contacts: readonly Contact[]; readonly next: string | undefined }> {
  const page = await client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'accountId = :accountId',
      ExpressionAttributeValues: { ':accountId': accountId },
      Limit: limit,
      ...(after === undefined ? {} : { ExclusiveStartKey: { accountId, contactId: after } }),
    }),
  );
  return { contacts: (page.Items ?? []).map(toContact), next: page.LastEvaluatedKey?.contactId };
}

/** Undefined: there is no such contact. */
export async function replace(accountId: string, contactId: string, input: ContactInput, now: Date): Promise<Contact | undefined> {
  const before = await get(accountId, contactId);
  if (before === undefined) return undefined;
  const contact: Contact = { id: contactId, ...input, createdAt: before.createdAt, updatedAt: now.toISOString() };
  const replaced = await unlessGone(() => client.send(new PutCommand({ TableName, Item: toItem(accountId, contact), ...isThere })));
  return replaced && contact;
}

/** Undefined: there is no such contact. */
export async function change(accountId: string, contactId: string, changes: ContactChanges, now: Date): Promise<Contact | undefined> {
  const members = Object.entries({ ...changes, updatedAt: now.toISOString() });
  const set = members.filter(([, value]) => value !== null);
  const removed = members.filter(([, value]) => value === null);
  const changed = await unlessGone(() =>
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
  const removed = await unlessGone(() => client.send(new DeleteCommand({ TableName, Key: { accountId, contactId }, ...isThere })));
  return removed !== undefined;
}

async function unlessGone<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

function toItem(accountId: string, { id, ...contact }: Contact): Record<string, unknown> {
  return { accountId, contactId: id, ...contact };
}

/** The table holds what `toItem` wrote, and nothing else writes to it. */
function toContact({ accountId: _, contactId, ...contact }: Record<string, unknown>): Contact {
  return { id: contactId, ...contact } as Contact;
}

function tableName(): string {
  const name = process.env[contactsTable.environmentVariable];
  if (!name) throw new Error(`the environment variable ${contactsTable.environmentVariable} must name the contacts table`);
  return name;
}
