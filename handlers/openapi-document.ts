/**
 * The API in OpenAPI 3.1: the routes' table, the schemas that bodies are checked with, and what the middleware says of idempotency keys.
 */
import { policy } from 'middy-idempotency-key';
import * as z from 'zod';
import { contactBatch, contactChanges, contactInput } from './contact.ts';
import { descriptions, idempotencyOptions } from './idempotency-options.ts';
import { type Route, routes } from './routes.ts';

export function openApiDocument() {
  const { components } = policy(idempotencyOptions, descriptions).openapi;
  const resources = [...new Set(routes.map(({ resource }) => resource))];
  return {
    openapi: '3.1.0',
    info: {
      title: 'Contacts',
      version: '1',
      description: 'Contacts of an account. Mutations are safe to retry: see the header `Idempotency-Key`.',
    },
    ...(idempotencyOptions.problemType === undefined
      ? {}
      : { externalDocs: { description: 'What becomes of idempotency keys', url: idempotencyOptions.problemType } }),
    // Relative to this document: whatever is in front of the paths, a stage or nothing.
    servers: [{ url: '../../..' }],
    security: [{ apiKey: [] }],
    paths: Object.fromEntries(resources.map(resource => [resource, operationsOn(resource, components.responses)])),
    components: {
      ...components,
      parameters: { ...components.parameters, ContactId: contactId },
      schemas: { ...components.schemas, ...schemas() },
      responses: { ...components.responses, Problem: response('A problem document (RFC 9457).', 'Problem', problemType) },
      securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' } },
    },
  };
}

type Refusals = ReturnType<typeof policy>['openapi']['components']['responses'];

interface Operation {
  readonly summary: string;
  readonly body?: string;
  readonly status: 200 | 201 | 204;
  readonly answer?: string;
  readonly query?: readonly object[];
}

/** By the routes' names; a test knows of each. */
const operations: Readonly<Record<string, Operation>> = {
  'create-contact': { summary: 'Create a contact', body: 'ContactInput', status: 201, answer: 'Contact' },
  'create-contacts': { summary: 'Create contacts: all of them, or none', body: 'ContactBatch', status: 201, answer: 'Contacts' },
  'list-contacts': {
    summary: 'List contacts, in the order of their creation',
    status: 200,
    answer: 'ContactPage',
    query: [
      { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100, default: 25 } },
      { name: 'cursor', in: 'query', description: '`nextCursor` of the page before.', schema: { type: 'string' } },
    ],
  },
  'get-contact': { summary: 'Get a contact', status: 200, answer: 'Contact' },
  'replace-contact': { summary: 'Replace a contact', body: 'ContactInput', status: 200, answer: 'Contact' },
  'update-contact': { summary: 'Change members of a contact (RFC 7396)', body: 'ContactChanges', status: 200, answer: 'Contact' },
  'delete-contact': { summary: 'Delete a contact', status: 204 },
};

function operationsOn(resource: string, refusals: Refusals): object {
  const here = routes.filter(route => route.resource === resource);
  return Object.fromEntries(here.map(route => [route.method.toLowerCase(), operationOf(route, refusals)]));
}

function operationOf({ name, resource, idempotent }: Route, refusals: Refusals): object {
  const operation = operations[name];
  if (operation === undefined) throw new Error(`what does "${name}" do? Add it to the operations`);
  const { summary, body, status, answer, query = [] } = operation;
  const inPath = resource.includes('{contactId}') ? [reference('parameters', 'ContactId')] : [];
  const key = idempotent ? [reference('parameters', 'IdempotencyKey')] : [];
  const marker = idempotent ? { headers: { 'Idempotent-Replayed': reference('headers', 'Idempotent-Replayed') } } : {};
  const success = answer === undefined ? { description: 'Done' } : response('Done', answer, 'application/json');
  return {
    operationId: name,
    summary,
    parameters: [...inPath, ...query, ...key],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: reference('schemas', body) } } } }),
    responses: {
      [status]: { ...success, ...marker },
      ...(idempotent ? refusalsBesideOwn(refusals) : {}),
      default: reference('responses', 'Problem'),
    },
  };
}

/** The handlers answer with these statuses too, about other things than the key. */
function refusalsBesideOwn(refusals: Refusals): object {
  const entries = Object.entries(refusals).map(([name, refusal]) => {
    const [content] = Object.values(refusal.content);
    const schema = { anyOf: [reference('schemas', 'IdempotencyProblem'), reference('schemas', 'Problem')] };
    const description = `${refusal.description} Or another problem of this status.`;
    return [name.replace('Idempotency', ''), { ...refusal, description, content: { [problemType]: { ...content, schema } } }];
  });
  return Object.fromEntries(entries);
}

const problemType = 'application/problem+json';

const contactId = { name: 'contactId', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } };

function schemas(): object {
  const text = { type: 'string' };
  const input = schemaOf(contactInput);
  const stored = {
    id: { type: 'string', format: 'uuid' },
    createdAt: { type: 'string', format: 'date-time' },
    updatedAt: { type: 'string', format: 'date-time' },
  };
  const contacts = { type: 'array', items: reference('schemas', 'Contact') };
  return {
    ContactInput: input,
    ContactChanges: { ...schemaOf(contactChanges), minProperties: 1 },
    ContactBatch: schemaOf(contactBatch),
    Contact: { ...input, properties: { ...input.properties, ...stored }, required: [...(input.required ?? []), ...Object.keys(stored)] },
    Contacts: { type: 'object', required: ['contacts'], properties: { contacts } },
    ContactPage: {
      type: 'object',
      required: ['contacts', 'nextCursor'],
      properties: { contacts, nextCursor: { type: ['string', 'null'] } },
    },
    Problem: {
      type: 'object',
      // No `status`, where the gateway has one answer for several.
      required: ['type', 'title', 'detail', 'error'],
      properties: {
        type: text,
        title: text,
        status: { type: 'integer' },
        detail: text,
        errors: { type: 'array', items: { type: 'object', required: ['path', 'message'], properties: { path: text, message: text } } },
        error: { type: 'object', required: ['type', 'message'], properties: { type: text, message: text } },
      },
    },
  };
}

/** As the client sends it, which is not trimmed yet. */
function schemaOf(schema: z.ZodType) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

function response(description: string, schema: string, type: string): object {
  return { description, content: { [type]: { schema: reference('schemas', schema) } } };
}

function reference(section: string, name: string): { readonly $ref: string } {
  return { $ref: `#/components/${section}/${name}` };
}
