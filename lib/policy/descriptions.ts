/** What only the API's own functions know, in words for its clients. */
import { IdempotencyConfigurationError } from '../errors.ts';
import type { Rules } from '../options.ts';
import { storeEvery } from '../options.ts';

/**
 * Sentences for the policy page, in plain text, about what code decides. Without one, the page says that the API decides; about
 * an option that is no function, the page has all there is to say, and a description of it is refused.
 */
export interface PolicyDescriptions {
  /** Where a request carries its key: with the option `key`. */
  readonly key?: string;
  /** Whom a key belongs to. With the option `scope`, and without, for who says more than "the API key and the verified identity". */
  readonly scope?: string;
  /** Which requests are the same: with a function as `fingerprint`. */
  readonly fingerprint?: string;
  /** Which answers are stored: with the option `shouldStore`. */
  readonly shouldStore?: string;
}

/** @throws IdempotencyConfigurationError `invalid_option` */
export function checkDescriptions(descriptions: PolicyDescriptions, rules: Rules): void {
  const isDecidedByCode: Readonly<Record<keyof PolicyDescriptions, boolean>> = {
    key: rules.key !== undefined,
    scope: true,
    fingerprint: typeof rules.fingerprint === 'function',
    shouldStore: rules.shouldStore !== storeEvery,
  };
  for (const [name, value] of Object.entries(descriptions)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(isDecidedByCode, name)) {
      throw invalid(`unknown description "${name}"; there may be ${Object.keys(isDecidedByCode).join(', ')}`);
    }
    if (typeof value !== 'string' || value.trim() === '') throw invalid(`description "${name}" must be a sentence`);
    if (!isDecidedByCode[name as keyof PolicyDescriptions]) {
      throw invalid(`there is nothing to describe about "${name}": the option is not a function`);
    }
  }
}

function invalid(message: string): IdempotencyConfigurationError {
  return new IdempotencyConfigurationError('invalid_option', message);
}
