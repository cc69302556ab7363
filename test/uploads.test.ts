/** Uploads in multipart form: `fetch` draws another boundary for each attempt, so that a repeat has other bytes. */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { counting, deploy, newKey, requestOf } from './support/forms.ts';

const replay = { statusCode: 201, headers: { 'Idempotent-Replayed': 'true' }, body: '{"run":1}' };
const conflict = { statusCode: 422, body: expect.stringContaining('idempotency_conflict') };

/** A client that sends this file on each of its attempts. */
function uploadOf(file: Uint8Array<ArrayBuffer>): (key: string) => Promise<APIGatewayProxyEvent> {
  const form = new FormData();
  form.append('file', new File([file], 'scan.bin'));
  return async key => {
    const sent = new Request('https://api.example/contacts', { method: 'POST', body: form });
    const contentType = sent.headers.get('content-type') ?? '';
    const body = Buffer.from(await sent.bytes()).toString('base64');
    // Cast: it has what the protection reads.
    return requestOf({ key, contentType, body, isBase64Encoded: true }) as unknown as APIGatewayProxyEvent;
  };
}

/** As in docs/guarantees.md. */
function fingerprint({ httpMethod, path, headers, body, isBase64Encoded }: APIGatewayProxyEvent): string {
  const contentType = headers['content-type'] ?? headers['Content-Type'] ?? '';
  const [, boundary] = /;\s*boundary="?([^";]+)/i.exec(contentType) ?? [];
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString('latin1');
  return JSON.stringify([httpMethod, path, ...(boundary === undefined ? [bytes] : bytes.split(`--${boundary}`))]);
}

describe('the repeat of an upload', () => {
  const upload = uploadOf(Uint8Array.of(0, 1, 254, 255));
  const another = uploadOf(Uint8Array.of(0, 1, 254, 254));

  it('is a repeat by its method and path', async () => {
    const { lambda } = await deploy('middleware', counting());
    const key = newKey();
    await lambda(await upload(key));
    expect(await lambda(await upload(key))).toMatchObject(replay);
  });

  it('is a conflict by its payload, and the first answer is safe', async () => {
    const handler = counting();
    const { lambda } = await deploy('middleware', handler, { fingerprint: 'payload' });
    const key = newKey();
    const first = await upload(key);
    await lambda(first);
    expect(await lambda(await upload(key))).toMatchObject(conflict);
    expect(await lambda(first)).toMatchObject(replay);
    expect(handler.runs).toBe(1);
  });

  it('is a repeat by its parts, and another upload is a conflict', async () => {
    const { lambda } = await deploy('middleware', counting(), { fingerprint });
    const key = newKey();
    await lambda(await upload(key));
    expect(await lambda(await upload(key))).toMatchObject(replay);
    expect(await lambda(await another(key))).toMatchObject(conflict);
  });
});
