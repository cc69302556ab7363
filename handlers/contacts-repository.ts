/** The contacts of all accounts, in their DynamoDB table. Every call names the account, which is the partition: none sees another. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Write } from 'middy-idempotency-key';
import { type Contact, comparableEmail } from './contact.ts';
import { contactsTable } from './contacts-table-schema.ts';
import { tableNameIn } from './table-name.ts';

/** A contact as it was read, with the version that it had: a write checks that nobody has written in between. */
export interface ReadContact {
  readonly contact: Contact;
  readonly version: number;
}

/** One write of a transaction, and what it means when its condition fails. */
export interface ContactWrite {
  readonly write: Write;
  readonly refusal: 'email_taken' | 'contact_changed';
  /** Whose e-mail address it is. */
  readonly contact: Contact;
}

export interface ContactPage {
  /** In the order of their creation. */
  readonly contacts: readonly Contact[];
  readonly hasMore: boolean;
}

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const TableName = tableNameIn(contactsTable.environmentVariable);

export function creations(accountId: string, contacts: readonly Contact[]): ContactWrite[] {
  return contacts.flatMap(contact => [
    {
      write: { Put: { TableName, Item: toItem(accountId, contact, 1), ConditionExpression: 'attribute_not_exists(contactId)' } },
      refusal: 'contact_changed',
      contact,
    },
    ...reservation(accountId, contact),
  ]);
}

export function replacement(accountId: string, before: ReadContact, after: Contact): ContactWrite[] {
  const put: Write = { Put: { TableName, Item: toItem(accountId, after, before.version + 1), ...unchangedSince(before) } };
  const hasMoved = emailOf(before.contact) !== emailOf(after);
  return [
    { write: put, refusal: 'contact_changed', contact: after },
    ...(hasMoved ? [...endOfReservation(accountId, before.contact), ...reservation(accountId, after)] : []),
  ];
}

export function removal(accountId: string, before: ReadContact): ContactWrite[] {
  const { contact } = before;
  const remove: Write = { Delete: { TableName, Key: { accountId, contactId: contact.id }, ...unchangedSince(before) } };
  return [{ write: remove, refusal: 'contact_changed', contact }, ...endOfReservation(accountId, contact)];
}

export async function get(accountId: string, contactId: string): Promise<ReadContact | undefined> {
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
  const contacts = Items.slice(0, limit).map(item => toContact(item).contact);
  // A page may also be cut short, by its size.
  return { contacts, hasMore: Items.length > limit || LastEvaluatedKey !== undefined };
}

/** DynamoDB keeps nothing unique but keys: an address is an item, and the account's addresses are a partition of their own. */
function reservation(accountId: string, contact: Contact): ContactWrite[] {
  const key = reservationKey(accountId, contact);
  if (key === undefined) return [];
  const write: Write = {
    Put: { TableName, Item: { ...key, heldBy: contact.id }, ConditionExpression: 'attribute_not_exists(contactId)' },
  };
  return [{ write, refusal: 'email_taken', contact }];
}

function endOfReservation(accountId: string, contact: Contact): ContactWrite[] {
  const Key = reservationKey(accountId, contact);
  return Key === undefined ? [] : [{ write: { Delete: { TableName, Key } }, refusal: 'contact_changed', contact }];
}

function reservationKey(accountId: string, contact: Contact): Record<string, string> | undefined {
  const email = emailOf(contact);
  // No account has this id: there is no # in an API key's, and the authorizer lets none pass.
  return email === undefined ? undefined : { accountId: `${accountId}#email`, contactId: email };
}

function emailOf({ email }: Contact): string | undefined {
  return email === undefined ? undefined : comparableEmail(email);
}

function unchangedSince({ version }: ReadContact) {
  return {
    ConditionExpression: '#version = :version',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': version },
  };
}

function toItem(accountId: string, { id, ...contact }: Contact, version: number): Record<string, unknown> {
  const members = Object.entries(contact).filter(([, value]) => value !== undefined);
  return { accountId, contactId: id, version, ...Object.fromEntries(members) };
}

/** The members in the order of the API, which DynamoDB doesn't keep. */
function toContact(item: Record<string, unknown>): ReadContact {
  // The table holds what this file wrote to it, and nothing else.
  const stored = item as unknown as Omit<Contact, 'id'> & { contactId: string; version: number };
  const { contactId, version, name, type, email, phone, notes, createdAt, updatedAt } = stored;
  return { contact: { id: contactId, name, type, email, phone, notes, createdAt, updatedAt }, version };
}
