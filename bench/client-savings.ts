/** What each of the library's changes to the SDK's client saves alone: the calls are those made by hand. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { leanChanges, leanClient, leanSettings } from '../lib/store/lean-client.ts';
import { byHand } from './by-hand.ts';
import type { Making, Send } from './contenders.ts';

const { sha256, cacheMiddleware } = leanSettings;

type NewClient = (config: Making['config']) => Pick<DynamoDBClient, 'send'>;

const changed =
  (change: (client: DynamoDBClient) => void): NewClient =>
  config => {
    const client = new DynamoDBClient(config);
    change(client);
    return client;
  };

export const withoutSavings = "the SDK's";

const clients = {
  [withoutSavings]: config => new DynamoDBClient(config),
  'HMACs with key objects, one kept': config => new DynamoDBClient({ ...config, sha256 }),
  'middlewares put together once': config => new DynamoDBClient({ ...config, cacheMiddleware }),
  'a config that is fast to copy': changed(leanChanges.makeFastToCopy),
  'one user agent': changed(leanChanges.sendOneUserAgent),
  'one signer': changed(leanChanges.signWithOneSigner),
  'no entries for a log': changed(leanChanges.logNothing),
  "the library's: all of them, and a signal": config => {
    const client = leanClient(config);
    const { signal } = new AbortController();
    return { send: ((command: never) => client.send(command, { abortSignal: signal })) as DynamoDBClient['send'] };
  },
} satisfies Record<string, NewClient>;

export const savings = Object.fromEntries(
  Object.entries(clients).map(([name, newClient]) => {
    const make = ({ config, tableName, handler }: Making): Send => byHand(newClient(config), tableName, handler, false);
    return [name, make];
  }),
);
