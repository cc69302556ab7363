/** A run without protection: no key, a method that isn't protected, or a store that is bypassed. The handler notices nothing. */
import { randomUUID } from 'node:crypto';
import type { Attempt, IdempotencyContext } from './attempt.ts';
import { Commit, type CommitOutcome } from './commit.ts';
import type { Environment } from './environment.ts';
import { IdempotencyStoreError } from './errors.ts';
import type { HttpRequest } from './http/request.ts';
import type { Result } from './http/response.ts';
import type { IdentifiedRequest } from './identify.ts';
import type { Settings } from './options.ts';
import { derivedKey } from './protocol/fingerprint.ts';
import { storableOf } from './storable.ts';
import type { TransactionOptions, Write } from './store/store.ts';

export interface UnprotectedAttemptProps {
  /** Undefined without a key. */
  readonly request: IdentifiedRequest | undefined;
  readonly http: HttpRequest;
  readonly settings: Settings;
  readonly environment: Environment;
  readonly remaining: () => number;
}

export class UnprotectedAttempt implements Attempt {
  readonly context: IdempotencyContext;

  constructor({ request, http, settings, environment, remaining }: UnprotectedAttemptProps) {
    const commit = new Commit({ environment, remaining, storable: storableOf(http, settings) });
    const send = async (writes: readonly Write[], options: TransactionOptions): Promise<CommitOutcome> => {
      try {
        return await settings.store.write(writes, options);
      } catch (error) {
        if (!(error instanceof IdempotencyStoreError) || !error.retryable) throw error;
        return { outcome: 'unknown', error };
      }
    };
    this.context = {
      key: request?.key,
      attempt: 1,
      commit: (response, writes) => commit.run(response, (_stored, options) => send(writes, options)),
      fence: () => [],
      // The downstream API may know this operation already, from an attempt that was protected.
      deriveKey: label => (request === undefined ? randomUUID() : derivedKey(settings.store.name, request, label)),
    };
  }

  assess(): Result {
    return { kind: 'failure' };
  }

  async finish(): Promise<undefined> {}

  async fail(): Promise<undefined> {}
}
