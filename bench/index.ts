/** `npm run bench`: measures, prints, asserts nothing. `npm run bench -- cpu storage` runs these parts alone. */
import { cpus, loadavg } from 'node:os';
import { bundlesBench } from './bundles.ts';
import { clientBench, cpuBench } from './cpu.ts';
import { endToEndBench } from './end-to-end.ts';
import { growthBench } from './growth.ts';
import { loadBench } from './load.ts';
import { roundTripsBench } from './round-trips.ts';
import { storageBench } from './storage.ts';
import { unitsBench } from './units.ts';
import { waitingBench } from './waiting.ts';

const parts: Readonly<Record<string, () => void | Promise<void>>> = {
  storage: storageBench,
  waiting: waitingBench,
  cpu: cpuBench,
  client: clientBench,
  'round-trips': roundTripsBench,
  units: unitsBench,
  bundles: bundlesBench,
  'end-to-end': endToEndBench,
  load: loadBench,
  growth: growthBench,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter(name => !Object.hasOwn(parts, name));
if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`);
console.log(machine());
for (const [name, run] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await run();
console.log(`\n${machine()}`);

/** What the figures depend on besides the code. */
function machine(): string {
  const load = loadavg().map(minutes => minutes.toFixed(1));
  return `Node.js ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, load ${load.join(' ')}, ${new Date().toISOString()}`;
}
