/** An attempt that outlives its lease: it stands in its handler until its successor has taken over. */
import { vi } from 'vitest';
import { Gate } from './fault-proxy.ts';
import { type Lambda, newKey, requestOf } from './forms.ts';

export interface Overtaken {
  /** The second attempt stands in its handler too, until `openSecond`; else it has answered when this resolves. */
  readonly secondStands?: boolean;
}

/**
 * Deploys a handler that calls `stand` first, which resolves to 0 in the first attempt and to 1 in the second. Leaves the clock
 * a minute ahead: `vi.useRealTimers()` when done.
 */
export async function overtaken<T extends { readonly lambda: Lambda }>(
  deploy: (stand: () => Promise<number>) => Promise<T>,
  { secondStands = false }: Overtaken = {},
) {
  const gates = [new Gate(), new Gate()] as const;
  let runs = 0;
  const deployed = await deploy(async () => {
    const run = runs++;
    if (run === 0) await gates[0].pass();
    if (run === 1 && secondStands) await gates[1].pass();
    return run;
  });
  const key = newKey();
  const first = deployed.lambda(requestOf({ key }));
  // Judged when it is awaited, not before.
  first.catch(() => {});
  await gates[0].reached;
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  const second = deployed.lambda(requestOf({ key }));
  await (secondStands ? gates[1].reached : second);
  gates[0].open();
  return { ...deployed, key, first, second, openSecond: () => gates[1].open() };
}
