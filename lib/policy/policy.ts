/** The policy of an API about its idempotency keys, made from the options that it is set up with. */
import { type IdempotencyOptions, readRules } from '../options.ts';
import { checkDescriptions, type PolicyDescriptions } from './descriptions.ts';
import { toHtml } from './html.ts';
import { toMarkdown } from './markdown.ts';
import { type OpenApiFragment, openApiFragment } from './openapi.ts';
import { policyPage, title } from './page.ts';

export interface IdempotencyPolicy {
  /** The policy page, for a documentation site. */
  readonly markdown: string;
  /**
   * The same as an HTML document of its own. Each problem has its name as an anchor: served at the URL that is the option
   * `problemType`, it is the page that the `type` of a problem document leads to.
   */
  readonly html: string;
  /** The key's header, the refusals and the marker of replays, for an OpenAPI 3.1 document. */
  readonly openapi: OpenApiFragment;
}

/**
 * Describes to clients what `idempotency()` does with the same options: the page that draft-ietf-httpapi-idempotency-key-header
 * has an API publish, and components for its OpenAPI document. Needs no table.
 *
 * @throws IdempotencyConfigurationError `invalid_option`
 *
 * @example
 * const options = { required: true, problemType: 'https://api.example/idempotency' };
 * export const handler = async () => ({ statusCode: 200, headers: { 'content-type': 'text/html' }, body: policy(options).html });
 */
export function policy(options: IdempotencyOptions = {}, descriptions: PolicyDescriptions = {}): IdempotencyPolicy {
  const rules = readRules(options);
  checkDescriptions(descriptions, rules);
  const page = policyPage(rules, descriptions);
  return { markdown: toMarkdown(page), html: toHtml(title, page), openapi: openApiFragment(rules) };
}
