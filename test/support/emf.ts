/** What Powertools prints for CloudWatch: one line of JSON, in the embedded metric format, for each metric that is emitted at once. */
import { vi } from 'vitest';

export interface EmittedMetric {
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly name: string;
  readonly unit: string;
  readonly value: number;
}

/** The metrics that are printed while `run` runs. */
export async function metricsEmittedBy(run: () => Promise<unknown>): Promise<EmittedMetric[]> {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(line => lines.push(String(line)) > 0);
  try {
    await run();
  } finally {
    write.mockRestore();
  }
  return lines.map(line => metricIn(JSON.parse(line)));
}

interface Emf {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
}

function metricIn(emf: Emf & Readonly<Record<string, unknown>>): EmittedMetric {
  const { _aws, ...values } = emf;
  const [directive, ...otherDirectives] = _aws.CloudWatchMetrics;
  const [names, ...otherSets] = directive?.Dimensions ?? [];
  const [metric, ...otherMetrics] = directive?.Metrics ?? [];
  if (directive === undefined || names === undefined || metric === undefined) throw new Error('a line without a metric');
  if ([otherDirectives, otherSets, otherMetrics].some(others => others.length > 0)) throw new Error('a line with several metrics');
  const { [metric.Name]: value, ...dimensions } = values;
  // Everything else on the line would be in the logs without being a dimension.
  if (Object.keys(dimensions).sort().join() !== names.toSorted().join())
    throw new Error(`more than dimensions: ${Object.keys(dimensions)}`);
  return {
    namespace: directive.Namespace,
    dimensions: Object.fromEntries(names.map(name => [name, String(values[name])])),
    name: metric.Name,
    unit: metric.Unit,
    value: Number(value),
  };
}
