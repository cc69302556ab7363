/** Commits an answer together with the writes that make it true, and knows why the data may refuse them. */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyResult } from 'aws-lambda';
import type { IdempotencyContext } from 'middy-idempotency-key';
import type { Contact } from './contact.ts';
import { contactNotFound } from './contact-id.ts';
import * as contacts from './contacts-repository.ts';
import { HttpProblem } from './http-problem.ts';

/** How often a change is made again from what is there by then, when somebody else was quicker. */
const mostTries = 5;

/** @throws HttpProblem 409 when an e-mail address is taken; `faultPath` names the member that has it */
export async function commitContacts(
  { commit }: IdempotencyContext,
  response: APIGatewayProxyResult,
  writes: readonly contacts.ContactWrite[],
  faultPath: (contact: Contact) => string = () => 'email',
): Promise<APIGatewayProxyResult> {
  try {
    return await commit(
      response,
      writes.map(({ write }) => write),
    );
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    // Nothing was written. The reason at an index is that of the write at this index.
    const refused = writes.find((_, index) => error.CancellationReasons?.[index]?.Code === 'ConditionalCheckFailed');
    if (refused?.refusal !== 'email_taken') throw new ContactChangedError({ cause: error });
    const fault = { path: faultPath(refused.contact), message: 'is the address of another contact' };
    throw new HttpProblem(409, 'email_taken', 'There is a contact with this e-mail address.', [fault]);
  }
}

/**
 * Reads a contact, and commits what `change` makes of it; again from the start when it was changed in between.
 *
 * @throws HttpProblem 404 when there is no such contact, 409 as `commitContacts`, and when others were quicker every time
 */
export async function commitChange(
  idempotency: IdempotencyContext,
  accountId: string,
  contactId: string,
  change: (before: contacts.ReadContact) => { readonly response: APIGatewayProxyResult; readonly writes: readonly contacts.ContactWrite[] },
): Promise<APIGatewayProxyResult> {
  for (let tries = 0; tries < mostTries; tries++) {
    const before = await contacts.get(accountId, contactId);
    if (before === undefined) throw contactNotFound();
    const { response, writes } = change(before);
    try {
      return await commitContacts(idempotency, response, writes);
    } catch (error) {
      if (!(error instanceof ContactChangedError)) throw error;
    }
  }
  throw new HttpProblem(409, 'contact_changed', 'The contact was being changed by others. Try again.');
}

class ContactChangedError extends Error {
  override readonly name = 'ContactChangedError';

  constructor(options: ErrorOptions) {
    super('the contact has changed since it was read', options);
  }
}
