/** Round trips and bytes, counted: what each sends to DynamoDB for a request. */
import { startDynamoDbLocal } from '../bin/embedded-dynamodb/index.ts';
import { contacts } from './bodies.ts';
import { contenderNames, contenders } from './contenders.ts';
import { printTable } from './report.ts';
import { rehearse, scenes, tooLarge } from './scenes.ts';
import { newTable } from './table.ts';

export async function roundTripsBench(): Promise<void> {
  const database = await startDynamoDbLocal();
  try {
    const place = { endpoint: database.endpoint, tableName: await newTable(database.endpoint) };
    console.log('\nRound trips, and bytes in the bodies of the calls');
    const rows: Record<string, string>[] = [];
    for (const scene of scenes) {
      for (const kb of [1, 10, 100, 1000]) {
        const cells: Record<string, string> = {};
        for (const name of contenderNames) {
          const rehearsal = await rehearse(contenders[name], scene, contacts(kb * 1024), place);
          const calls = rehearsal?.dynamoDb.calls;
          const bytes = calls?.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
          cells[name] = calls === undefined ? tooLarge : `${calls.length}, ${bytes}`;
        }
        rows.push({ scene, body: `${kb} KB contacts, JSON`, ...cells });
      }
    }
    printTable(rows);
  } finally {
    await database.stop();
  }
}
