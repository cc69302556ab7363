/**
 * One request's way through the protocol up to the handler: identify it, contend for its key, and either let the handler run
 * (an {@link Attempt}), replay, or refuse. Knows the store's interface, not DynamoDB.
 */
import type { Answer } from './answer.ts';
import type { Attempt } from './attempt.ts';
import type { Environment } from './environment.ts';
import { remainingMs } from './environment.ts';
import { IdempotencyConfigurationError, IdempotencyStoreError } from './errors.ts';
import { type Report, reporter } from './events.ts';
import { conflict, inProgress, outcomeUnknown, unavailable } from './http/problems.ts';
import { replayOf } from './http/response.ts';
import { type IdentifiedRequest, identify, type ReceivedRequest, receive } from './identify.ts';
import type { Settings } from './options.ts';
import { ProtectedAttempt } from './protected-attempt.ts';
import { type Decision, decide } from './protocol/decide.ts';
import { type ClaimedRecord, type IdempotencyRecord, newClaim } from './protocol/record.ts';
import type { ClaimResult, Holder } from './store/store.ts';
import { leaseMs, storeBudget } from './time-limits.ts';
import { UnprotectedAttempt } from './unprotected-attempt.ts';
import { Waiter } from './waiter.ts';

export type Begun = { readonly kind: 'run'; readonly attempt: Attempt } | Answer;

/** Which records each invocation contends for, in which tables: of all engines, for what two of them do to each other. */
const contended = new WeakMap<object, Set<string>>();

/** Every lost race means that somebody else got on; a request that loses this many gives up its place. */
const mostLostRaces = 10;

export class Engine {
  readonly settings: Settings;
  readonly #environment: Environment;

  constructor(settings: Settings, environment: Environment) {
    this.settings = settings;
    this.#environment = environment;
  }

  receive(event: unknown): ReceivedRequest {
    return receive(event, this.settings);
  }

  /** @throws IdempotencyConfigurationError `applied_twice`, if `invocation` shows that; and what `identify` throws */
  async begin(received: ReceivedRequest, event: unknown, context: unknown, invocation?: object): Promise<Begun> {
    const identified = identify(received, event, context, this.settings);
    if (identified.kind === 'refused') return { kind: 'refuse', problem: identified.problem };
    if (identified.kind === 'unkeyed') return { kind: 'run', attempt: this.#unprotected(undefined, received, context) };
    if (invocation !== undefined) this.#refuseSecond(invocation, identified.request.id);
    const contender = new Contender(identified.request, received, context, this.settings, this.#environment);
    try {
      return await contender.contend();
    } catch (error) {
      if (!(error instanceof IdempotencyStoreError)) throw error;
      const refusal = contender.refusedByStore(error);
      return refusal ?? { kind: 'run', attempt: this.#unprotected(identified.request, received, context) };
    }
  }

  /** The first holds the key until the handler has answered, and the second would wait for that, and then refuse. */
  #refuseSecond(invocation: object, id: string): void {
    const records = contended.get(invocation) ?? new Set();
    const name = JSON.stringify([this.settings.store.name, id]);
    if (records.has(name)) {
      const message = 'idempotency() is applied twice to this handler: use it once';
      throw new IdempotencyConfigurationError('applied_twice', message);
    }
    contended.set(invocation, records.add(name));
  }

  #unprotected(request: IdentifiedRequest | undefined, { http }: ReceivedRequest, context: unknown): Attempt {
    const remaining = () => remainingMs(context);
    return new UnprotectedAttempt({ request, http, settings: this.settings, environment: this.#environment, remaining });
  }
}

/** A request with a key, until it is known whether its handler runs. */
class Contender {
  readonly #request: IdentifiedRequest;
  readonly #received: ReceivedRequest;
  readonly #context: unknown;
  readonly #settings: Settings;
  readonly #environment: Environment;
  readonly #report: Report;

  constructor(request: IdentifiedRequest, received: ReceivedRequest, context: unknown, settings: Settings, environment: Environment) {
    this.#request = request;
    this.#received = received;
    this.#context = context;
    this.#settings = settings;
    this.#environment = environment;
    this.#report = reporter(settings.onEvent, request.id);
  }

  async contend(): Promise<Begun> {
    const waiter = this.#newWaiter();
    let claim = this.#newClaim(1);
    let result = await this.#claim(claim);
    for (let lostRaces = 0; ; lostRaces++) {
      if (result.outcome === 'claimed') return this.#run(claim, waiter);
      if (lostRaces === mostLostRaces) return this.#answer({ kind: 'in-progress', leaseLeftMs: 0 }, waiter);
      const decision = await this.#decideOrWait(result.by, waiter);
      if (decision.kind === 'claim') {
        claim = this.#newClaim(1);
        result = await this.#claim(claim);
      } else if (decision.kind === 'take-over') {
        claim = this.#newClaim(decision.attempt);
        result = await this.#settings.store.takeOver(claim, decision.owner, this.#callOptions());
      } else {
        return this.#answer(decision, waiter);
      }
    }
  }

  /**
   * The table didn't answer, before the handler ran. A claim may have been written all the same: then its lease decides. Undefined:
   * the handler is to run unprotected.
   */
  refusedByStore(error: IdempotencyStoreError): Answer | undefined {
    this.#report('unavailable', { error });
    // A record that can't be read shows that the key was used: running now would not be "unprotected", it would be wrong.
    // The same goes for a response that can't be loaded.
    const isClaim = error.operation === 'claim' || error.operation === 'take over';
    const mayBypass = this.#settings.whenStoreFails === 'bypass' && isClaim && error.code !== 'unreadable_record';
    return mayBypass ? undefined : { kind: 'refuse', problem: unavailable, cause: error };
  }

  async #decideOrWait(held: IdempotencyRecord | undefined, waiter: Waiter): Promise<Decision> {
    const verdict = (record: IdempotencyRecord | undefined) =>
      decide(record, { fingerprint: this.#request.fingerprint, afterCrash: this.#settings.afterCrash }, this.#environment.now());
    return waiter.untilSettled(this.#request.id, verdict, verdict(held));
  }

  #run(claim: ClaimedRecord, waiter: Waiter): Begun {
    this.#reportWait(waiter);
    this.#report(claim.attempt === 1 ? 'claimed' : 'taken_over', { attempt: claim.attempt });
    const attempt = new ProtectedAttempt({
      request: this.#request,
      claim,
      http: this.#received.http,
      settings: this.#settings,
      environment: this.#environment,
      report: this.#report,
      remaining: () => remainingMs(this.#context),
      answerAsDuplicate: held => this.#answerAsDuplicate(held),
    });
    return { kind: 'run', attempt };
  }

  /** For an attempt that lost its claim to `held`, which won't be run again here; undefined: there is no answer but its own. */
  async #answerAsDuplicate(held: Holder): Promise<Answer | undefined> {
    if (held === 'unreadable') return { kind: 'refuse', problem: unavailable };
    const waiter = this.#newWaiter();
    const retrySoon: Answer = { kind: 'refuse', problem: inProgress(0) };
    try {
      const decision = await this.#decideOrWait(held, waiter);
      if (decision.kind === 'claim') return undefined;
      return decision.kind === 'take-over' ? retrySoon : await this.#answer(decision, waiter);
    } catch {
      // The holder's answer can't be read now; our own is no longer the key's.
      return retrySoon;
    }
  }

  #newWaiter(): Waiter {
    return new Waiter(this.#settings, this.#environment, () => remainingMs(this.#context));
  }

  async #answer(decision: Exclude<Decision, { kind: 'claim' | 'take-over' }>, waiter: Waiter): Promise<Answer> {
    this.#reportWait(waiter);
    switch (decision.kind) {
      case 'replay': {
        const response = await this.#settings.store.loadResponse(decision.record, this.#callOptions());
        this.#report('replayed', { attempt: decision.record.attempt });
        return { kind: 'replay', response: replayOf(response, this.#received.http.multiValueHeaders) };
      }
      case 'conflict':
        this.#report('conflict', {});
        return { kind: 'refuse', problem: conflict };
      case 'in-progress':
        this.#report('in_progress', {});
        return { kind: 'refuse', problem: inProgress(decision.leaseLeftMs) };
      case 'outcome-unknown':
        this.#report('outcome_unknown', { reason: 'the lease of an earlier attempt ended without an outcome' });
        return { kind: 'refuse', problem: outcomeUnknown };
    }
  }

  #reportWait(waiter: Waiter): void {
    if (waiter.waitedMs > 0) this.#report('waited', { waitedMs: waiter.waitedMs });
  }

  #claim(claim: ClaimedRecord): Promise<ClaimResult> {
    return this.#settings.store.claim(claim, claim.claimedAt, this.#callOptions());
  }

  #newClaim(attempt: number): ClaimedRecord {
    return newClaim({
      id: this.#request.id,
      fingerprint: this.#request.fingerprint,
      owner: this.#environment.newToken(),
      attempt,
      now: this.#environment.now(),
      leaseMs: leaseMs(remainingMs(this.#context)),
      retentionMs: this.#settings.retentionMs,
    });
  }

  #callOptions() {
    return { timeoutMs: storeBudget(remainingMs(this.#context)) };
  }
}
