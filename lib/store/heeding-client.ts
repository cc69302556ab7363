/** A client whose calls end when their signal says so, whatever it does with the signal itself. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

type Send = (command: never, options: { readonly abortSignal: AbortSignal }) => Promise<unknown>;

/**
 * An older SDK (3.705 does it) sleeps through an abort when it pauses between two tries, for up to a second of the time in which
 * the request was to be answered. Once awake it sees the abort, and sends nothing more.
 */
export function heedingClient(client: Pick<DynamoDBClient, 'send'>): Pick<DynamoDBClient, 'send'> {
  // Casts: of the overloads of `send`, the store calls the one that takes a command and options, and resolves to the output.
  const send: Send = (command, options) => untilAborted((client.send as Send).call(client, command, options), options.abortSignal);
  return { send: send as DynamoDBClient['send'] };
}

async function untilAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([call, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
