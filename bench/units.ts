/** What DynamoDB bills each of them: by AWS's rules, from the items that they really write; checked against DynamoDB Local where that is right. */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { startDynamoDbLocal } from '../bin/embedded-dynamodb/index.ts';
import { itemSize } from '../lib/store/item-size.ts';
import * as attribute from '../lib/store/table-schema.ts';
import { contacts, noiseText } from './bodies.ts';
import { type BenchResponse, type ContenderName, contenders, floor, newContext, requestWith } from './contenders.ts';
import { RecordedDynamoDb } from './recorded-dynamodb.ts';
import { printTable } from './report.ts';
import { firstRequest, type ItemSizes, replay, type Units, usdForAMillion } from './request-units.ts';
import { tooLarge } from './scenes.ts';
import { clientConfig, newTable } from './table.ts';

/** Of the two forms of a library, which write the same items, one. */
const ours = 'this, Middy';
const peer = 'Powertools, Middy';
const compared: readonly ContenderName[] = [ours, peer, floor];

export async function unitsBench(): Promise<void> {
  const database = await startDynamoDbLocal();
  try {
    const rows: Record<string, string>[] = [];
    for (const [kind, make] of Object.entries({ 'contacts, JSON': contacts, 'noise, text': noiseText })) {
      for (const kb of [1, 10, 100, 350, 1000]) {
        const measured = new Map<ContenderName, Measured | undefined>();
        for (const name of compared) measured.set(name, await measure(name, make(kb * 1024), database.endpoint));
        for (const path of ['first', 'replay'] as const) {
          const cells = [...measured].map(([name, units]) => [name, units === undefined ? tooLarge : billed(units[path])]);
          const [own, theirs] = [measured.get(ours)?.[path], measured.get(peer)?.[path]];
          const writes = own && theirs ? `${(own.write / theirs.write).toFixed(2)}×` : '';
          const price = own && theirs ? `${(usdForAMillion(own) / usdForAMillion(theirs)).toFixed(2)}×` : '';
          rows.push({
            body: `${kb} KB ${kind}`,
            path,
            ...Object.fromEntries(cells),
            'writes, to Powertools': writes,
            'USD, to Powertools': price,
          });
        }
      }
    }
    console.log('\nRequest units (write + read), and USD for a million requests');
    printTable(rows);
  } finally {
    await database.stop();
  }
}

interface Measured {
  readonly first: Units;
  readonly replay: Units;
}

async function measure(name: ContenderName, response: BenchResponse, endpoint: string): Promise<Measured | undefined> {
  const tableName = await newTable(endpoint);
  const dynamoDb = new RecordedDynamoDb(endpoint);
  const reader = new DynamoDBClient(clientConfig(endpoint));
  const items = async () => (await reader.send(new ScanCommand({ TableName: tableName }))).Items ?? [];
  let claim = 0;
  const handler = async () => {
    [claim = 0] = (await items()).map(itemSize);
    return response;
  };
  const send = contenders[name]({ config: { ...clientConfig(endpoint), requestHandler: dynamoDb }, tableName, handler });
  dynamoDb.record();
  const error: unknown = await send(requestWith('a-key'), newContext()).then(
    () => undefined,
    reason => reason,
  );
  if (error !== undefined && (response.body?.length ?? 0) > 400_000) return undefined;
  if (error !== undefined) throw error;
  const [records, bodyItems] = [await items(), await items()].map((all, index) =>
    all.filter(item => attribute.part in item === (index === 1)),
  );
  reader.destroy();
  const sizes: ItemSizes = {
    claim,
    record: (records ?? []).reduce((size, item) => size + itemSize(item), 0),
    bodyItems: (bodyItems ?? []).map(itemSize),
  };
  const units = { first: firstRequest(sizes), replay: replay(sizes) };
  const local = dynamoDb.calls.reduce((sum, { writeUnits }) => sum + writeUnits, 0);
  if (local !== units.first.write) throw new Error(`${name}: ${units.first.write} write units by the rules, ${local} by DynamoDB Local`);
  return units;
}

function billed(units: Units): string {
  return `${units.write} + ${units.read}: ${usdForAMillion(units).toFixed(2)}`;
}
