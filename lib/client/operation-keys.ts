/** Which key an operation has: made once, kept before anything is sent, gone when the operation is over. */
import { IdempotentFetchStorageError, IdempotentOperationError } from './errors.ts';
import { exclusively } from './exclusively.ts';
import type { KeyStorage } from './key-storage.ts';
import { newKey } from './new-key.ts';

/** What is stored under an operation's name, as JSON. */
interface OperationRecord {
  readonly key: string;
  /** The checksum of method, URL and body. */
  readonly request: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

export interface OperationKey {
  readonly key: string;
  /** An earlier call has begun the operation, and it hasn't settled. */
  readonly resumed: boolean;
}

export class OperationKeys {
  readonly #storage: KeyStorage;
  readonly #retentionMs: number;

  constructor(storage: KeyStorage, retentionMs: number) {
    this.#storage = storage;
    this.#retentionMs = retentionMs;
  }

  /**
   * @throws IdempotentOperationError `operation_changed` or `operation_expired`
   * @throws IdempotentFetchStorageError
   */
  begin(operation: string, request: string, now: number): Promise<OperationKey> {
    return exclusively(nameOf(operation), async () => {
      const found = await this.#read(operation);
      if (found !== undefined) return this.#resume(operation, found, request, now);
      const mine: OperationRecord = { key: newKey(), request, startedAt: now };
      await this.#call(storage => storage.setItem(nameOf(operation), JSON.stringify(mine)));
      // Read back: where no lock reaches, whoever wrote last has made the key of all; and not every storage keeps what it takes.
      const kept = await this.#read(operation);
      if (kept === undefined) throw new IdempotentFetchStorageError('storage_failed', 'the storage did not keep the key');
      return kept.key === mine.key ? { key: mine.key, resumed: false } : this.#resume(operation, kept, request, now);
    });
  }

  /** Only if the key is still this one: another tab may have settled the operation before us, and have begun the next. */
  settle(operation: string, key: string): Promise<void> {
    return exclusively(nameOf(operation), async () => {
      const found = await this.#read(operation);
      if (found?.key === key) await this.#call(storage => storage.removeItem(nameOf(operation)));
    });
  }

  forget(operation: string): Promise<void> {
    return exclusively(nameOf(operation), async () => {
      await this.#call(storage => storage.removeItem(nameOf(operation)));
    });
  }

  #resume(operation: string, found: OperationRecord, request: string, now: number): OperationKey {
    if (found.startedAt + this.#retentionMs <= now) {
      const message = `operation "${operation}" was begun too long ago: the API may no longer know its key, and do it again; find out whether it happened, then forget it`;
      throw new IdempotentOperationError('operation_expired', operation, message);
    }
    if (found.request !== request) {
      const message = `operation "${operation}" was begun with another method, URL or body, and may have happened; send the same request again, or forget it`;
      throw new IdempotentOperationError('operation_changed', operation, message);
    }
    return { key: found.key, resumed: true };
  }

  async #read(operation: string): Promise<OperationRecord | undefined> {
    const text = await this.#call(storage => storage.getItem(nameOf(operation)));
    if (text === null || text === undefined) return undefined;
    const record = parsed(text);
    if (isRecord(record)) return record;
    const message = `what is stored for operation "${operation}" is not an operation's key; find out whether it happened, then forget it`;
    throw new IdempotentFetchStorageError('unreadable_record', message);
  }

  async #call<T>(use: (storage: KeyStorage) => T | Promise<T>): Promise<T> {
    try {
      return await use(this.#storage);
    } catch (error) {
      throw new IdempotentFetchStorageError('storage_failed', 'the storage for keys failed', { cause: error });
    }
  }
}

function nameOf(operation: string): string {
  return `idempotency-key:${operation}`;
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is OperationRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { key, request, startedAt } = value as Partial<Record<keyof OperationRecord, unknown>>;
  // No more than a header field can carry: the storage is open to everything on the page.
  return typeof key === 'string' && /^[\w-]{1,255}$/.test(key) && typeof request === 'string' && Number.isFinite(startedAt);
}
