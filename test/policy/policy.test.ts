import { describe, expect, it } from 'vitest';
import { type IdempotencyOptions, type PolicyDescriptions, type ProblemType, policy } from '../../lib/index.ts';

/** What differs between two pages, line by line: gone, and come. */
function changed(options: IdempotencyOptions, descriptions?: PolicyDescriptions, from: IdempotencyOptions = {}) {
  const before = policy(from).markdown.split('\n');
  const after = policy(options, descriptions).markdown.split('\n');
  return {
    gone: before.filter(line => !after.includes(line)).join('\n'),
    come: after.filter(line => !before.includes(line)).join('\n'),
  };
}

const nothing = { gone: '', come: '' };

describe('the page', () => {
  /** Closed: an option that the page ignores without a reason does not compile here. */
  const follows: Readonly<Record<keyof IdempotencyOptions, () => void>> = {
    tableName: () => expect(changed({ tableName: 'table' })).toEqual(nothing),
    client: () => expect(changed({ client: { send: () => Promise.reject(new Error('never sent')) } as never })).toEqual(nothing),
    onEvent: () => expect(changed({ onEvent: () => {} })).toEqual(nothing),
    logger: () => expect(changed({ logger: console })).toEqual(nothing),
    metrics: () => expect(changed({ metrics: { singleMetric: () => {} } as never })).toEqual(nothing),

    headerName: () => expect(changed({ headerName: 'X-Request-Id' }).come).toContain('in the header field `X-Request-Id`, once'),
    required: () => {
      const { gone, come } = changed({ required: true });
      expect(gone).toContain('A key is optional');
      expect(come).toContain('must have a key');
      expect(come).toContain('### `idempotency_key_required`');
    },
    methods: () => expect(changed({ methods: ['post', 'PATCH'] }).come).toContain('Keys are for `POST` and `PATCH` requests.'),
    key: () => {
      const { gone, come } = changed({ key: () => 'key' });
      expect(gone).toContain('header field `Idempotency-Key`');
      expect(come).toContain('Where a request carries its key is decided by the API.');
      expect(gone).toContain('or was sent more than once');
      expect(come).not.toContain('or was sent more than once');
      expect(changed({ key: () => 'key' }, { key: 'It is the member id of the body.' }).come).toContain('It is the member id of the body.');
    },
    scope: () => {
      expect(policy().markdown).toContain('the API key and the verified identity');
      const { gone, come } = changed({ scope: () => 'caller' });
      expect(gone).toContain('the API key and the verified identity');
      expect(come).toContain('Who that is, is decided by the API.');
      expect(changed({ scope: () => 'caller' }, { scope: 'A key belongs to an account.' }).come).toContain('A key belongs to an account.');
      expect(changed({}, { scope: 'A key belongs to an API key.' }).come).toContain('A key belongs to an API key.');
    },
    fingerprint: () => {
      expect(changed({ fingerprint: 'request' })).toEqual(nothing);
      expect(changed({ fingerprint: 'payload' }).come).toMatch(/a method, a URL path and a body[\s\S]*the same method, path and body/);
      const custom = { fingerprint: () => 'one' };
      expect(changed(custom).come).toContain('Which requests are the same is decided by the API.');
      expect(changed(custom, { fingerprint: 'All orders of a day are one.' }).come).toContain('All orders of a day are one.');
    },
    expiresInSeconds: () => {
      const { gone, come } = changed({ expiresInSeconds: 7 * 86_400 });
      expect(gone).toContain('stored for 24 hours');
      expect(come).toMatch(/stored for 7 days[\s\S]*Stop retrying 7 days after/);
    },
    shouldStore: () => {
      const selective = { shouldStore: () => false };
      expect(changed(selective).come).toContain('those that the API decides to store');
      expect(changed(selective, { shouldStore: 'Lists are not stored.' }).come).toContain('Lists are not stored.');
    },
    waitMs: () => {
      expect(changed({ waitMs: 500 }).come).toContain('for up to 500 milliseconds');
      expect(changed({ waitMs: 0 }).come).toContain('is refused at once');
    },
    afterCrash: () => {
      const { gone, come } = changed({ afterCrash: 'reject' });
      expect(gone).toContain('is begun again by the next repeat');
      expect(come).toContain('is not begun again');
      expect(come).toContain('### `idempotency_outcome_unknown`');
    },
    whenStoreFails: () => {
      const { gone, come } = changed({ whenStoreFails: 'bypass' });
      expect(gone).toContain('Whether the key has been used could not be found out.');
      expect(come).toMatch(/requests are processed all the same[\s\S]*The key has been used, but what became of it could not be read/);
    },
    problemType: () => {
      const { gone, come } = changed({ problemType: 'https://api.example/idempotency' });
      expect(gone).toContain('"type": "about:blank"');
      expect(come).toContain('"type": "https://api.example/idempotency#idempotency_conflict"');
    },
  };

  it.each(Object.entries(follows))('follows the option %s', (_name, check) => check());

  /** Closed, too; `policy` has a list of its own that is. */
  const problems: Readonly<Record<ProblemType, IdempotencyOptions>> = {
    idempotency_key_required: { required: true },
    idempotency_key_invalid: {},
    idempotency_conflict: {},
    idempotency_in_progress: {},
    idempotency_outcome_unknown: { afterCrash: 'reject' },
    idempotency_unavailable: {},
  };

  it.each(Object.entries(problems))('has %s, at the anchor that the type of the problem leads to', (name, options) => {
    const problemType = 'https://api.example/idempotency';
    const { html, markdown, openapi } = policy({ ...options, problemType });
    const types = Object.values(openapi.components.responses).flatMap(({ content }) =>
      Object.values(content).flatMap(({ examples }) => Object.values(examples).map(({ value }) => (value as { type: string }).type)),
    );
    const [url = ''] = types.filter(type => type === `${problemType}#${name}`);
    const fragment = new URL(url).hash.slice(1);
    expect(html.split(`id="${fragment}"`)).toHaveLength(2);
    expect(markdown).toContain(`<a id="${fragment}"></a>\n\n### \`${name}\``);
  });

  it('leaves out what the rules rule out', () => {
    expect(policy().markdown).not.toMatch(/idempotency_key_required|idempotency_outcome_unknown/);
  });

  it('needs no table', () => {
    expect(process.env.IDEMPOTENCY_TABLE_NAME).toBeUndefined();
    expect(() => policy()).not.toThrow();
  });

  it.each([
    [{ waitMs: -1 }, {}, 'option "waitMs" must be'],
    [{ waitms: 1 }, {}, 'unknown option "waitms"'],
    [{}, { scop: 'x' }, 'unknown description "scop"; there may be key, scope, fingerprint, shouldStore'],
    [{}, { toString: 'x' }, 'unknown description "toString"'],
    [{}, { scope: ' ' }, 'description "scope" must be a sentence'],
    [{}, { scope: 7 }, 'description "scope" must be a sentence'],
    [{}, { key: 'x' }, 'nothing to describe about "key"'],
    [{ fingerprint: 'payload' }, { fingerprint: 'x' }, 'nothing to describe about "fingerprint"'],
    [{}, { shouldStore: 'x' }, 'nothing to describe about "shouldStore"'],
  ])('refuses %j with the descriptions %j', (options, descriptions, message) => {
    expect(() => policy(options as IdempotencyOptions, descriptions as PolicyDescriptions)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining(message) }),
    );
  });
});

describe('what comes from outside', () => {
  const hostile = '<script>alert("1")</script> & `code` [link](javascript:alert(1)) *a* _b_ \\ | <!--';

  it('stays text in HTML', () => {
    const { html } = policy({ headerName: "a`b|c'd&", problemType: 'https://x.example/"><i>' }, { scope: hostile });
    expect(html).not.toMatch(/<script|<i>|<!--|javascript:[^a]|href="j/);
    expect(html).toContain('&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38;');
    expect(html).toContain('<code>a`b|c&#39;d&#38;</code>');
    // Nothing but what the page is made of.
    const elements = new Set([...html.matchAll(/<([a-z]\w*)/g)].map(([, name]) => name));
    expect([...elements].sort()).toEqual(
      ['a', 'body', 'code', 'h1', 'h2', 'h3', 'head', 'html', 'li', 'main', 'meta', 'p', 'pre', 'style', 'title', 'ul'].sort(),
    );
  });

  it('stays text in Markdown', () => {
    const { markdown } = policy({ headerName: '`a``', key: undefined as never }, { scope: hostile });
    expect(markdown).toContain('``` `a`` ```');
    expect(markdown).toContain(
      '\\<script\\>alert("1")\\</script\\> \\& \\`code\\` \\[link\\](javascript:alert(1)) \\*a\\* \\_b\\_ \\\\ \\| \\<!--',
    );
  });

  it.each([
    ['# heading', '\\# heading'],
    ['- item', '\\- item'],
    ['1. item', '1\\. item'],
    ['12) item', '12\\) item'],
    ['a\n\n# b', 'a # b'],
  ])('begins no block in Markdown: %j', (scope, line) => {
    expect(policy({}, { scope }).markdown).toContain(`\n${line} Two callers`);
  });

  it('ends no block of code in Markdown', () => {
    const { markdown } = policy({ problemType: 'https://x.example/```' });
    expect(markdown).toContain('````json\n{\n  "type": "https://x.example/```#idempotency_key_invalid"');
  });
});

describe('durations', () => {
  it.each([
    [1, '1 second'],
    [90, '90 seconds'],
    [60, '1 minute'],
    [5_400, '90 minutes'],
    [3_600, '1 hour'],
    [86_400, '24 hours'],
    [129_600, '36 hours'],
    [172_800, '2 days'],
    [2_592_000, '30 days'],
  ])('are in the largest unit that fits: %i s', (expiresInSeconds, words) => {
    expect(policy({ expiresInSeconds }).markdown).toContain(`is stored for ${words}, counted`);
  });

  it('may be less than a second', () => {
    expect(policy({ waitMs: 1 }).markdown).toContain('for up to 1 millisecond,');
    expect(policy({ waitMs: 1_500 }).markdown).toContain('for up to 1500 milliseconds,');
  });
});
