/** A contender in a process of its own, as in Lambda: what others would do to the compiled code of the SDK and to the heap, it is spared. */
import { contacts, noiseText } from './bodies.ts';
import { savings } from './client-savings.ts';
import { contenders } from './contenders.ts';
import { type Rehearsal, rehearse, type Scene } from './scenes.ts';

export const bodyKinds = { 'contacts, JSON': contacts, 'noise, text': noiseText } as const;

export interface Play {
  readonly scene: Scene;
  readonly kind: keyof typeof bodyKinds;
  readonly kb: number;
  readonly place: { readonly endpoint: string; readonly tableName: string };
}

/** `perform`: so many requests of the play that was prepared last. */
export type Order = { readonly do: 'prepare'; readonly play: Play } | { readonly do: 'perform'; readonly requests: number };

/** Of `prepare`: whether the response can be kept. Of `perform`: µs of CPU per request. */
export type Outcome = boolean | number;

const warmUpMs = 500;

if (process.send !== undefined) {
  const make = { ...contenders, ...savings }[process.argv[2] ?? ''];
  if (make === undefined) throw new Error('a contender has a name');
  let rehearsal: Rehearsal | undefined;
  process.on('message', async (order: Order) => {
    if (order.do === 'prepare') {
      rehearsal = await rehearse(make, order.play.scene, bodyKinds[order.play.kind](order.play.kb * 1024), order.play.place);
      rehearsal?.dynamoDb.replay();
      // Uncounted: what runs first is compiled while it runs.
      const endsAt = performance.now() + warmUpMs;
      while (performance.now() < endsAt) await rehearsal?.play();
      process.send?.(rehearsal !== undefined);
    } else {
      const before = process.cpuUsage();
      for (let played = 0; played < order.requests; played++) await rehearsal?.play();
      const { user, system } = process.cpuUsage(before);
      process.send?.((user + system) / order.requests);
    }
  });
}
