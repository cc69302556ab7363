/**
 * A world in which nothing happens unless the schedule says so. The real engine runs in it, for several clients at once; each call
 * to the store, each pause and each end of a handler waits until it is chosen, and is then carried out, lost, lost after it was
 * applied, applied twice, or followed by a crash. The clock moves when a pause ends, and when the schedule makes it jump.
 */
import type { Environment } from '../../lib/environment.ts';
import { IdempotencyStoreError, type StoreOperation } from '../../lib/errors.ts';
import type { IdempotencyStore } from '../../lib/store/store.ts';
import type { Choices } from './choices.ts';

export interface Limits {
  /** Calls that are lost, doubled or crash, in one schedule. */
  readonly faults: number;
  /** Jumps of the clock to the end of a lease, or of a record's life. */
  readonly jumps: number;
}

type Fate = 'done' | 'lost-before' | 'lost-after' | 'twice' | 'crash-before' | 'crash-after';

const fates: Readonly<Record<Step['kind'], readonly Fate[]>> = {
  store: ['done', 'lost-before', 'lost-after', 'twice', 'crash-before', 'crash-after'],
  handler: ['done', 'crash-before'],
  pause: ['done'],
  start: ['done'],
};

interface Step {
  readonly kind: 'store' | 'handler' | 'pause' | 'start';
  readonly carryOut: (fate: Fate) => void | Promise<void>;
}

export class World {
  now = 1_000_000;
  isCalm = false;
  /** The instants worth jumping to. */
  readonly landmarks = new Set<number>();
  readonly #choices: Choices;
  #faultsLeft: number;
  #jumpsLeft: number;
  #pending: Step[] = [];
  #tokens = 0;

  constructor(choices: Choices, { faults, jumps }: Limits) {
    this.#choices = choices;
    this.#faultsLeft = faults;
    this.#jumpsLeft = jumps;
  }

  /** Runs until nothing is left that could be chosen. */
  async run(): Promise<void> {
    await quiet();
    while (this.#pending.length > 0) {
      const actions = this.#actions();
      const action = actions[this.#choices.choose(actions.length)];
      await action?.();
      await quiet();
    }
  }

  /** From here on nothing goes wrong. */
  calm(): void {
    this.isCalm = true;
    this.#faultsLeft = 0;
    this.#jumpsLeft = 0;
  }

  choose(options: number): number {
    return this.#choices.choose(options);
  }

  /** Resolves when the schedule gets to it. One that crashes never resolves: whoever waited is gone. */
  step<T>(kind: Step['kind'], apply: () => T | Promise<T>, lost: () => Error, crashed: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const carryOut = async (fate: Fate): Promise<void> => {
        if (fate === 'lost-before') return reject(lost());
        if (fate === 'crash-before') return crashed();
        if (fate === 'twice') await apply();
        const result = await apply();
        if (fate === 'lost-after') return reject(lost());
        if (fate === 'crash-after') return crashed();
        resolve(result);
      };
      this.#pending.push({ kind, carryOut });
    });
  }

  environment(): Environment {
    return {
      now: () => this.now,
      // No clock is set in this world: when it jumps, that much time has passed.
      elapsedMs: () => this.now,
      sleep: ms => {
        const wakesAt = this.now + ms;
        const wake = () => {
          this.now = Math.max(this.now, wakesAt);
        };
        return this.step('pause', wake, never, () => {});
      },
      random: () => 0.5,
      newToken: () => `token-${this.#tokens++}`,
    };
  }

  /** The store, reached through the schedule. */
  throughSchedule(store: IdempotencyStore, crashed: () => void): IdempotencyStore {
    const call = <T>(operation: StoreOperation, apply: () => Promise<T>) =>
      this.step('store', apply, () => new IdempotencyStoreError('store_failed', operation, true, 'lost'), crashed);
    return {
      name: store.name,
      claim: (claim, now, options) => {
        this.landmarks.add(claim.leaseUntil).add(claim.expiresAt);
        return call('claim', () => store.claim(claim, now, options));
      },
      takeOver: (claim, owner, options) => {
        this.landmarks.add(claim.leaseUntil).add(claim.expiresAt);
        return call('take over', () => store.takeOver(claim, owner, options));
      },
      read: (id, options) => call('read', () => store.read(id, options)),
      loadResponse: (record, options) => store.loadResponse(record, options),
      complete: (record, options) => call('complete', () => store.complete(record, options)),
      commit: (record, writes, options) => call('commit', () => store.commit(record, writes, options)),
      write: (writes, options) => call('commit', () => store.write(writes, options)),
      amend: (record, options) => call('amend', () => store.amend(record, options)),
      release: (claim, options) => call('release', () => store.release(claim, options)),
      fence: claim => store.fence(claim),
    };
  }

  #actions(): (() => void | Promise<void>)[] {
    const carryOut = this.#pending.flatMap((step, index) =>
      fates[step.kind]
        .filter(fate => fate === 'done' || this.#faultsLeft > 0)
        .map(fate => () => {
          this.#pending = this.#pending.toSpliced(index, 1);
          if (fate !== 'done') this.#faultsLeft--;
          return step.carryOut(fate);
        }),
    );
    const next = this.#jumpsLeft > 0 ? [...this.landmarks].filter(instant => instant > this.now).sort((a, b) => a - b)[0] : undefined;
    if (next === undefined) return carryOut;
    const jump = () => {
      this.#jumpsLeft--;
      this.now = next;
    };
    return [...carryOut, jump];
  }
}

function never(): Error {
  return new Error('a pause is never lost');
}

/** Until every promise that can go on has gone on. */
function quiet(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
