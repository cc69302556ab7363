/** Method and path → route, as API Gateway does it: the resource is found first, a fixed segment before a parameter. */
import type { Route } from '../../handlers/routes.ts';

/** What routing needs to know of a route. */
export type Endpoint = Pick<Route, 'name' | 'method' | 'resource'>;

export interface Match {
  readonly route: Endpoint;
  /** As they are in the path: API Gateway doesn't decode them. */
  readonly pathParameters: Readonly<Record<string, string>> | null;
}

export function matchRoute(endpoints: readonly Endpoint[], method: string, path: string): Match | undefined {
  const segments = segmentsOf(path);
  const candidates = endpoints.filter(route => fits(route.resource, segments)).sort((a, b) => parameterCount(a) - parameterCount(b));
  const resource = candidates[0]?.resource;
  const route = candidates.find(candidate => candidate.resource === resource && candidate.method === method);
  return route && { route, pathParameters: parametersOf(route.resource, segments) };
}

/** Whether there is a route for the path, with whatever method. */
export function isResource(endpoints: readonly Endpoint[], path: string): boolean {
  const segments = segmentsOf(path);
  return endpoints.some(route => fits(route.resource, segments));
}

/** A slash at the end makes no difference. */
function segmentsOf(path: string): string[] {
  return path.replace(/\/$/, '').split('/');
}

function fits(resource: string, segments: readonly string[]): boolean {
  const parts = resource.split('/');
  return (
    parts.length === segments.length &&
    parts.every((part, index) => (nameOf(part) === undefined ? part === segments[index] : segments[index] !== ''))
  );
}

function parametersOf(resource: string, segments: readonly string[]): Record<string, string> | null {
  const parameters = resource.split('/').flatMap((part, index): [string, string][] => {
    const name = nameOf(part);
    return name === undefined ? [] : [[name, segments[index] ?? '']];
  });
  return parameters.length === 0 ? null : Object.fromEntries(parameters);
}

function parameterCount({ resource }: Endpoint): number {
  return resource.split('/').filter(part => nameOf(part) !== undefined).length;
}

/** `{contactId}` → `contactId` */
function nameOf(part: string): string | undefined {
  return /^\{(\w+)\}$/.exec(part)?.[1];
}
