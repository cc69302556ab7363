/** The bundled client in a real browser, on a page of another origin than the API's. */
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:http';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Gate } from '../support/fault-proxy.ts';
import { acme, contactsPath, startApi } from '../support/local-api.ts';
import { type FaultyNetwork, startFaultyNetwork } from './faulty-network.ts';

const executablePath = findChromium();
if (executablePath === undefined) {
  console.warn(
    'No Chromium, so the client is not tried in a browser: install it (Debian: apt-get install chromium), or set CHROMIUM_PATH.',
  );
}

/** What the page has for its test. */
declare global {
  function createContact(name: string): Promise<{ status: number; id: string; replayed: boolean; attempts: number; key: string }>;
}

describe.skipIf(executablePath === undefined)('in Chromium', { timeout: 60_000 }, () => {
  let api: Awaited<ReturnType<typeof startApi>>;
  let network: FaultyNetwork;
  let site: Awaited<ReturnType<typeof startSite>>;
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    api = await startApi();
    network = await startFaultyNetwork(api.url);
    site = await startSite(`${network.url}${contactsPath}`);
    // A name that isn't localhost makes the page's context insecure, as that of any site without HTTPS.
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--host-resolver-rules=MAP shop.example 127.0.0.1'] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await site?.stop();
    await network?.stop();
    await api?.stop();
  });
  beforeEach(async () => {
    network.reset();
    context = await browser.newContext();
  });
  afterEach(() => context.close());

  async function open(host: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`http://${host}:${site.port}/`);
    return page;
  }

  const keysOn = (page: Page) => page.evaluate<string[]>('Object.keys(localStorage)');
  const contactsOfName = async (name: string) => (await api.itemsIn('contacts')).filter(contact => contact.name === name);

  describe.each([
    ['localhost', true],
    ['shop.example', false],
  ])('on a page of %s', (host, secure) => {
    it('an operation goes on after a reload: one contact, and a replay', async () => {
      const page = await open(host);
      expect(await page.evaluate('[isSecureContext, "randomUUID" in crypto, "locks" in navigator]')).toEqual([secure, secure, secure]);
      const name = `reloaded on ${host}`;
      const gate = new Gate();
      network.inject({ kind: 'lost-after' }, { kind: 'hold', gate });
      const abandoned = page.evaluate(name => createContact(name), name).catch(() => 'abandoned');
      await gate.reached;
      expect(await keysOn(page)).toEqual([`idempotency-key:create ${name}`]);
      await page.reload();
      expect(await abandoned).toBe('abandoned');
      expect(await keysOn(page)).toHaveLength(1);

      const result = await page.evaluate(name => createContact(name), name);
      gate.open();
      expect(await contactsOfName(name)).toEqual([expect.objectContaining({ contactId: result.id })]);
      expect(result).toMatchObject({ status: 201, replayed: true, attempts: 1 });
      expect(network.requests.map(({ key, method }) => [key, method])).toEqual(Array(3).fill([result.key, 'POST']));
      expect(await keysOn(page)).toEqual([]);
    });

    it.each(['length', 'chunks'] as const)('an answer that is cut off (%s) is asked for again', async framing => {
      const page = await open(host);
      const name = `cut off by ${framing} on ${host}`;
      network.inject({ kind: 'cut', framing });
      expect(await page.evaluate(name => createContact(name), name)).toMatchObject({ status: 201, replayed: true, attempts: 2 });
      expect(await contactsOfName(name)).toHaveLength(1);
    });
  });

  it('two tabs at once have one key between them', async () => {
    const tabs = await Promise.all([open('localhost'), open('localhost')]);
    const gate = new Gate();
    network.inject({ kind: 'hold', gate }, { kind: 'hold', gate });
    const calls = tabs.map(tab => tab.evaluate(name => createContact(name), 'in two tabs'));
    await expect.poll(() => network.requests.length).toBe(2);
    gate.open();
    const results = await Promise.all(calls);
    expect(new Set(results.map(({ id, key }) => `${id} ${key}`)).size).toBe(1);
    expect(results.map(({ replayed }) => replayed).toSorted()).toEqual([false, true]);
    expect(await contactsOfName('in two tabs')).toHaveLength(1);
    expect(await keysOn(tabs[0] as Page)).toEqual([]);
  });
});

/** A page with the client in it, bundled as a site would do it. */
async function startSite(apiUrl: string) {
  const source = `
    import { createIdempotentFetch } from './index.ts';
    const idempotentFetch = createIdempotentFetch({ storage: localStorage });
    globalThis.createContact = async name => {
      const { response, ...result } = await idempotentFetch(${JSON.stringify(apiUrl)}, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': ${JSON.stringify(acme)} },
        body: JSON.stringify({ name, type: 'client' }),
        operation: 'create ' + name,
      });
      return { status: response.status, id: (await response.json()).id, ...result };
    };`;
  const resolveDir = fileURLToPath(new URL('../../lib/client', import.meta.url));
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir },
    bundle: true,
    format: 'iife',
    minify: true,
    write: false,
  });
  const page = `<!doctype html><meta charset="utf-8"><title>Contacts</title><script>${outputFiles[0]?.text}</script>`;
  const server = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page));
  // 'localhost' may be either.
  server.listen(0, '::');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const candidates = process.env.CHROMIUM_PATH
    ? [process.env.CHROMIUM_PATH]
    : folders.flatMap(folder => names.map(name => join(folder, name)));
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
