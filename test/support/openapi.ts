/**
 * Whether a document is OpenAPI 3.1, as far as the documents of this project go: no validator of the whole specification is among
 * the dependencies. What it doesn't know is a fault.
 */
import type { OpenApiFragment } from '../../lib/index.ts';

type Json = Readonly<Record<string, unknown>>;

/** What is wrong with it: a reference that leads nowhere, a member that is missing or has no place there, an example against its schema. */
export function faultsOf(document: Json): string[] {
  const faults: string[] = [];
  const fault = (path: string, message: string) => void faults.push(`${path}: ${message}`);

  function resolved(value: Json, path: string): Json {
    if (value.$ref === undefined) return value;
    const target = String(value.$ref)
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>((at, name) => (isJson(at) ? at[name] : undefined), document);
    if (isJson(target)) return target;
    fault(path, `nothing at ${value.$ref}`);
    return {};
  }

  function members(value: Json, path: string, required: readonly string[], optional: readonly string[]): void {
    for (const name of required) if (value[name] === undefined) fault(path, `no "${name}"`);
    for (const name of Object.keys(value)) if (!required.includes(name) && !optional.includes(name)) fault(path, `"${name}"?`);
  }

  function each(value: unknown, path: string, check: (value: Json, path: string, name: string) => void): void {
    for (const [name, member] of Object.entries(isJson(value) ? value : {})) {
      const at = `${path}/${name}`;
      if (isJson(member)) check(resolved(member, at), at, name);
      else fault(at, 'no object');
    }
  }

  function schema(value: Json, path: string): void {
    members(value, path, [], schemaMembers);
    if (typeof value.pattern === 'string') new RegExp(value.pattern, 'u');
    each(value.properties, `${path}/properties`, schema);
    for (const name of Array.isArray(value.required) ? value.required : []) {
      if (!isJson(value.properties) || value.properties[name] === undefined) fault(path, `requires "${name}", which it doesn't describe`);
    }
    for (const [name, list] of [
      ['anyOf', value.anyOf],
      ['oneOf', value.oneOf],
      ['items', value.items && [value.items]],
    ] as const) {
      each(list, `${path}/${name}`, schema);
    }
  }

  function conforms(value: unknown, described: Json, path: string): void {
    const { type, enum: choices, const: only, required, properties, pattern, maxLength, minimum } = described;
    if (type !== undefined && ![type].flat().includes(typeName(value))) fault(path, `${JSON.stringify(value)} is not of type ${type}`);
    if (Array.isArray(choices) && !choices.includes(value)) fault(path, `${JSON.stringify(value)} is not among ${choices}`);
    if (only !== undefined && value !== only) fault(path, `${JSON.stringify(value)} is not ${only}`);
    if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(String(value))) fault(path, `${value} does not match`);
    if (typeof maxLength === 'number' && String(value).length > maxLength) fault(path, 'too long');
    if (typeof minimum === 'number' && Number(value) < minimum) fault(path, 'too small');
    if (!isJson(value)) return;
    for (const name of Array.isArray(required) ? required : []) if (value[name] === undefined) fault(path, `no "${name}"`);
    each(properties, path, (inner, at, name) => value[name] !== undefined && conforms(value[name], inner, at));
  }

  function described(value: Json, path: string, names: readonly string[]): void {
    members(value, path, [...names, 'schema'], ['description', 'required', 'example', 'examples']);
    if (!isJson(value.schema)) return;
    const own = resolved(value.schema, path);
    schema(own, `${path}/schema`);
    if (value.example !== undefined) conforms(value.example, own, `${path}/example`);
    each(value.examples, `${path}/examples`, (example, at) => {
      members(example, at, ['value'], ['summary', 'description']);
      conforms(example.value, own, at);
    });
  }

  const header = (value: Json, path: string) => described(value, path, []);
  const parameter = (value: Json, path: string) => {
    described(value, path, ['name', 'in']);
    if (value.in === 'path' && value.required !== true) fault(path, 'a path parameter must be required');
    if (!['path', 'query', 'header'].includes(String(value.in))) fault(path, `in ${value.in}?`);
  };
  const response = (value: Json, path: string) => {
    members(value, path, ['description'], ['headers', 'content']);
    each(value.headers, `${path}/headers`, header);
    each(value.content, `${path}/content`, (content, at) => described(content, at, []));
  };

  members(document, '', ['openapi', 'info', 'paths'], ['components', 'security', 'servers', 'externalDocs']);
  if (!/^3\.1\.\d+$/.test(String(document.openapi))) fault('/openapi', String(document.openapi));
  if (isJson(document.info)) members(document.info, '/info', ['title', 'version'], ['description']);
  each(document.paths, '/paths', (item, path, template) => {
    const named = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    each(item, path, (operation, at) => {
      members(operation, at, ['responses'], ['operationId', 'summary', 'description', 'parameters', 'requestBody', 'security']);
      each(operation.parameters, `${at}/parameters`, parameter);
      const inPath = Object.values(operation.parameters ?? {})
        .map(value => resolved(value, at))
        .filter(value => value.in === 'path');
      if (inPath.map(({ name }) => name).join() !== named.join()) fault(at, `parameters of the path: ${named}`);
      each(operation.responses, `${at}/responses`, (value, where, status) => {
        if (!/^[1-5]\d\d$|^default$/.test(status)) fault(where, 'no status');
        response(value, where);
      });
      if (isJson(operation.requestBody)) {
        members(operation.requestBody, `${at}/requestBody`, ['content'], ['required', 'description']);
        each(operation.requestBody.content, `${at}/requestBody/content`, (content, where) => described(content, where, []));
      }
    });
  });
  const checks = { parameters: parameter, headers: header, schemas: schema, responses: response, securitySchemes: () => {} };
  for (const [section, values] of Object.entries((document.components ?? {}) as Json)) {
    const check = Object.hasOwn(checks, section) ? checks[section as keyof typeof checks] : undefined;
    if (check === undefined) fault('/components', `"${section}"?`);
    each(values, `/components/${section}`, (value, path, name) => {
      if (!/^[\w.-]+$/.test(name)) fault(path, 'no name for a component');
      check?.(value, path);
    });
  }
  return faults;
}

const schemaMembers: readonly string[] = [
  ...['type', 'enum', 'const', 'format', 'description', 'title', 'default', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum'],
  ...['properties', 'required', 'additionalProperties', 'minProperties', 'items', 'minItems', 'maxItems', 'anyOf', 'oneOf'],
];

/** The examples of problems, each as the response that it documents: the body as the bytes that its JSON makes. */
export function problemsOfDocument({ responses }: OpenApiFragment['components']) {
  return Object.entries(responses).flatMap(([component, { headers = {}, content }]) =>
    Object.entries(content).flatMap(([type, { examples }]) =>
      Object.entries(examples).map(([name, { value }]) => ({
        name,
        status: Number(component.slice(-3)),
        type,
        body: JSON.stringify(value),
        headers: Object.keys(headers),
      })),
    ),
  );
}

function typeName(value: unknown): string {
  if (Number.isInteger(value)) return 'integer';
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
