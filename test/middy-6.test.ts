/** The oldest Middy that is supported: the places where its core differs from Middy 7's. */
import type { MiddlewareObj } from '@middy/core';
import middy7 from '@middy/core';
import middy6 from 'middy-6';
import { expect, it, vi } from 'vitest';
import { type IdempotencyEvent, idempotency, idempotencyTableDefinition } from '../lib/index.ts';
import { createTable, newClient } from './support/dynamodb.ts';
import { counting, type Lambda, newKey, requestOf } from './support/forms.ts';

const marker = 'Idempotent-Replayed';

async function deploy(handler: () => unknown, middlewares: MiddlewareObj[], plugin: object = {}) {
  const events: IdempotencyEvent[] = [];
  const tableName = await createTable(idempotencyTableDefinition);
  const protection = idempotency({ client: newClient(), tableName, waitMs: 0, onEvent: event => events.push(event) });
  // Middy 6 and 7 have the same types in all that matters here.
  const middy = middy6 as unknown as typeof middy7;
  const lambda: unknown = middy(handler as never, plugin).use(protection.around(middlewares));
  return { lambda: (event: unknown, context = {}) => (lambda as Lambda)(event, context), kinds: () => events.map(({ kind }) => kind) };
}

it('is another core than the one that the other tests run on', () => {
  expect(middy6).not.toBe(middy7);
});

it('replays what the `after`s made of the response, and nothing twice', async () => {
  const handler = counting();
  const returning: MiddlewareObj = { after: ({ response }) => ({ ...response, headers: { 'x-last': 'word' } }) };
  const { lambda, kinds } = await deploy(handler, [returning]);
  const key = newKey();
  const first = await lambda(requestOf({ key }));
  expect(first).toMatchObject({ statusCode: 201, headers: { 'x-last': 'word' } });
  expect(await lambda(requestOf({ key }))).toEqual({ ...first, headers: { 'x-last': 'word', [marker]: 'true' } });
  expect(handler.runs).toBe(1);
  expect(kinds()).toEqual(['claimed', 'completed', 'replayed']);
});

it('sends refusals through the error path, where other middlewares add to them', async () => {
  const adding: MiddlewareObj = { onError: ({ response }) => void Object.assign(response.headers, { 'x-added': 'yes' }) };
  const { lambda } = await deploy(counting(), [adding]);
  const key = newKey();
  await lambda(requestOf({ key }));
  expect(await lambda(requestOf({ key, path: '/other' }))).toMatchObject({ statusCode: 422, headers: { 'x-added': 'yes' } });
});

it("keeps the handler's own answer when an `after` throws", async () => {
  const brittle: MiddlewareObj = {
    after: () => {
      throw new Error('after');
    },
  };
  const { lambda } = await deploy(counting(), [brittle]);
  const key = newKey();
  await expect(lambda(requestOf({ key }))).rejects.toThrow('after');
  expect(await lambda(requestOf({ key }))).toMatchObject({ body: '{"run":1}', headers: { [marker]: 'true' } });
});

it('frees the key of a handler that throws, and not of one that an early timeout answered for', async () => {
  const failing = counting(() => {
    throw new Error('handler');
  });
  const one = await deploy(failing, []);
  await expect(one.lambda(requestOf({ key: newKey() }))).rejects.toThrow('handler');
  expect(one.kinds()).toEqual(['claimed', 'released']);

  const gate = Promise.withResolvers<void>();
  const two = await deploy(() => gate.promise, []);
  const endsAt = Date.now() + 50;
  const context = { getRemainingTimeInMillis: () => endsAt - Date.now() };
  await expect(two.lambda(requestOf({ key: newKey() }), context)).rejects.toMatchObject({ name: 'TimeoutError' });
  await vi.waitFor(() => expect(two.kinds()).toEqual(['claimed', 'outcome_unknown']));
  gate.resolve();
});
