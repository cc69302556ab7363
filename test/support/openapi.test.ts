import { describe, expect, it } from 'vitest';
import { faultsOf } from './openapi.ts';

const response = { description: 'OK' };
const document = (operation: object, components: object = {}, path = '/things') => ({
  openapi: '3.1.0',
  info: { title: 'Things', version: '1' },
  paths: { [path]: { get: { responses: { 200: response }, ...operation } } },
  components,
});
const withSchema = (schema: object, example: unknown) => document({ parameters: [{ name: 'a', in: 'query', schema, example }] });

describe('faultsOf', () => {
  it('has nothing against a good document', () => {
    expect(faultsOf(document({}))).toEqual([]);
    expect(faultsOf(withSchema({ type: 'string', pattern: '^a$', maxLength: 1 }, 'a'))).toEqual([]);
  });

  it.each([
    ['another version', { ...document({}), openapi: '3.0.3' }],
    ['an unknown member', document({ parameter: [] })],
    ['a member that is missing', { ...document({}), info: { title: 'Things' } }],
    ['a reference that leads nowhere', document({ responses: { 200: { $ref: '#/components/responses/None' } } })],
    ['a response without description', document({ responses: { 200: {} } })],
    ['a response that is no status', document({ responses: { Idempotency400: response } })],
    ['a parameter of the path that is not described', document({}, {}, '/things/{thingId}')],
    ['a parameter that is nowhere', document({ parameters: [{ name: 'a', in: 'body', schema: {} }] })],
    ['an unknown section', document({}, { responsez: {} })],
    ['a name that is none for a component', document({}, { responses: { 'a b': response } })],
    ['a schema that requires what it has not', document({}, { schemas: { A: { type: 'object', required: ['a'], properties: {} } } })],
    ['an unknown keyword', document({}, { schemas: { A: { typ: 'object' } } })],
    ['an example of another type', withSchema({ type: 'integer' }, '1')],
    ['an example that is not among the choices', withSchema({ enum: ['a'] }, 'b')],
    ['an example that is not the constant', withSchema({ const: 'a' }, 'b')],
    ['an example that does not match', withSchema({ pattern: '^a$' }, 'b')],
    ['an example that is too long', withSchema({ maxLength: 1 }, 'bb')],
    ['an example that is too small', withSchema({ minimum: 1 }, 0)],
    ['an example without a member', withSchema({ type: 'object', required: ['a'], properties: { a: {} } }, {})],
    ['an example with a wrong member', withSchema({ type: 'object', properties: { a: { type: 'string' } } }, { a: 1 })],
  ])('finds %s', (_what, faulty) => {
    expect(faultsOf(faulty)).not.toEqual([]);
  });
});
