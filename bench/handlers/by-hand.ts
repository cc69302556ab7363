import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { byHand } from '../by-hand.ts';

const createContact = async () => ({ statusCode: 201, body: '{"id":"42"}' });

export const handler = byHand(new DynamoDBClient({}), process.env.IDEMPOTENCY_TABLE_NAME ?? '', createContact, false);
