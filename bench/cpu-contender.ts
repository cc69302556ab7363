/** A contender in a process of its own, as in Lambda: what others would do to the compiled code of the SDK and to the heap, it is spared. */
import { contacts, noiseText } from './bodies.ts';
import type { ContenderName } from './contenders.ts';
import { type Rehearsal, rehearse, type Scene } from './scenes.ts';

export const bodyKinds = { 'contacts, JSON': contacts, 'noise, text': noiseText } as const;

/** `play`: so many requests of what was prepared last. */
export type Order =
  | {
      readonly do: 'prepare';
      readonly scene: Scene;
      readonly kind: keyof typeof bodyKinds;
      readonly kb: number;
      readonly place: { readonly endpoint: string; readonly tableName: string };
    }
  | { readonly do: 'play'; readonly requests: number };

/** `prepare`: whether the response can be kept. `play`: µs of CPU per request. */
export type Outcome = boolean | number;

if (process.send !== undefined) {
  // The process that forked this one gives a contender's name.
  const name = process.argv[2] as ContenderName;
  let rehearsal: Rehearsal | undefined;
  process.on('message', async (order: Order) => {
    if (order.do === 'prepare') {
      rehearsal = await rehearse(name, order.scene, bodyKinds[order.kind](order.kb * 1024), order.place);
      rehearsal?.dynamoDb.replay();
      process.send?.(rehearsal !== undefined);
    } else {
      const before = process.cpuUsage();
      for (let played = 0; played < order.requests; played++) await rehearsal?.play();
      const { user, system } = process.cpuUsage(before);
      process.send?.((user + system) / order.requests);
    }
  });
}
