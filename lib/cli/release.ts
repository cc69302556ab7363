/** Frees the key of a claim whose effect is not there, and won't come any more. */
import type { IdempotencyStore } from '../store/store.ts';
import type { Resolution } from './command-line.ts';
import type { Report } from './report.ts';
import { type CommandEnvironment, resolveClaim } from './resolve.ts';

export function release(store: IdempotencyStore, id: string, resolution: Resolution, environment: CommandEnvironment): Promise<Report> {
  const words = {
    infinitive: 'release the key',
    would: 'the next repeat of the request runs the handler',
    done: 'released: the next repeat of the request runs the handler',
    risk: 'a repeat runs the handler beside an attempt that is still at work, and both may have their effect',
  };
  return resolveClaim(store, id, resolution, environment, words, claim => store.release(claim, environment.callOptions));
}
