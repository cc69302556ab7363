/** New contacts from many connections, some of them sent again: how long each kind of request waits for its answer. */
import { randomUUID } from 'node:crypto';
import autocannon from 'autocannon';
import { type Answer, newContact } from './api-process.ts';

export const shareOfDuplicates = 0.1;

export const kinds = ['new', 'duplicate of a finished one', 'duplicate of a running one'] as const;

export interface MixedAnswer extends Answer {
  readonly kind: (typeof kinds)[number];
}

export interface Traffic {
  /** To the first request of each connection. */
  readonly firstAnswers: readonly MixedAnswer[];
  /** From the last of these on, for the time that was asked for. */
  readonly answers: readonly MixedAnswer[];
  readonly openedWithinMs: number;
  /** Timeouts are among them. */
  readonly errors: number;
}

const opensWithinSeconds = 60;

/**
 * The time starts once every connection has had an answer. Node.js accepts one connection in a turn of its event loop, and a turn
 * is long when there is much to do: the first request of the last of 256 connections waits for 256 of them.
 */
export async function mixedTraffic(url: string, { connections, seconds }: { connections: number; seconds: number }): Promise<Traffic> {
  const nextRequest = requestMaker();
  const sent = new WeakMap<object, ReturnType<typeof nextRequest.make> & { readonly at: number; readonly isFirst: boolean }>();
  const [firstAnswers, answers]: [MixedAnswer[], MixedAnswer[]] = [[], []];
  const startedAt = performance.now();
  let requests = 0;
  let openAt = Number.NaN;
  const running = autocannon({
    url: `${url}${newContact.path}`,
    method: 'POST',
    headers: newContact.headers,
    body: newContact.body,
    connections,
    duration: opensWithinSeconds + seconds,
    timeout: opensWithinSeconds,
    requests: [
      {
        setupRequest: (request, context) => {
          const next = nextRequest.make();
          // The first request of every connection is set up before any second one.
          sent.set(context, { ...next, at: performance.now(), isFirst: requests++ < connections });
          return { ...request, headers: { ...request.headers, 'Idempotency-Key': next.key } };
        },
        onResponse: (status, _body, context, headers) => {
          const now = performance.now();
          const request = sent.get(context);
          if (request === undefined) throw new Error('an answer to no request');
          if (status === 201) nextRequest.hasFinished(request.key);
          const answer = { kind: request.kind, ms: now - request.at, status, isReplay: 'Idempotent-Replayed' in headers };
          if (!request.isFirst) {
            // False until it is open.
            if (now - openAt < seconds * 1000) answers.push(answer);
          } else if (firstAnswers.push(answer) === connections) {
            openAt = now;
            setTimeout(() => running.stop(), seconds * 1000);
          }
        },
      },
    ],
  });
  const { errors } = await running;
  if (Number.isNaN(openAt)) throw new Error(`not every connection had an answer in ${opensWithinSeconds} s`);
  return { firstAnswers, answers, openedWithinMs: openAt - startedAt, errors };
}

/** New keys, and some that were sent before. */
function requestMaker() {
  const keys: string[] = [];
  const finished = new Set<string>();
  const make = (): Pick<MixedAnswer, 'kind'> & { readonly key: string } => {
    const earlier = Math.random() < shareOfDuplicates ? keys[Math.floor(Math.random() * keys.length)] : undefined;
    if (earlier !== undefined)
      return { key: earlier, kind: finished.has(earlier) ? 'duplicate of a finished one' : 'duplicate of a running one' };
    const key = randomUUID();
    keys.push(key);
    return { key, kind: 'new' };
  };
  return { make, hasFinished: (key: string) => void finished.add(key) };
}
