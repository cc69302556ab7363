/** An answer with all of its body: one that was cut off is none. */
import type { Answer } from './verdict.ts';

/**
 * The response, its body read and no longer tied to the connection or to a signal. The platform rejects when the connection
 * breaks or ends before `Content-Length`. (Comparing lengths here would be wrong: a page can't see that another origin's answer
 * was compressed.)
 */
export async function wholeResponse(response: Response): Promise<{ response: Response; answer: Answer }> {
  const bytes = await response.arrayBuffer();
  return { response: detached(response, bytes), answer: { status: response.status, problem: problemIn(response.status, bytes) } };
}

function detached(response: Response, bytes: ArrayBuffer): Response {
  // A redirect that the caller asked to be left alone: it shows nothing, and can't be made.
  if (response.status === 0) return response;
  const { url, redirected, type } = response;
  const copy = new Response([204, 205, 304].includes(response.status) ? null : bytes, response);
  return Object.defineProperties(copy, { url: { value: url }, redirected: { value: redirected }, type: { value: type } });
}

function problemIn(status: number, bytes: ArrayBuffer): unknown {
  if (status !== 409 && status !== 422) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes))?.error?.type;
  } catch {
    return undefined;
  }
}
