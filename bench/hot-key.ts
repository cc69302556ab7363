/** Many connections, open already, that send the same request at the same time. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { type Answer, newContact } from './api-process.ts';

/** The answers, round by round: every round has a key of its own. */
export async function hotKey(url: string, { connections, rounds }: { connections: number; rounds: number }): Promise<Answer[][]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const round = (keyOf: () => string) => Promise.all(Array.from({ length: connections }, () => send(url, agent, keyOf())));
  try {
    // Uncounted, and each with its own key: opens the connections.
    await round(randomUUID);
    const answers: Answer[][] = [];
    for (let number = 0; number < rounds; number++) {
      const key = randomUUID();
      answers.push(await round(() => key));
    }
    return answers;
  } finally {
    agent.destroy();
  }
}

function send(url: string, agent: Agent, key: string): Promise<Answer> {
  const { path, method, headers, body } = newContact;
  return new Promise((resolve, reject) => {
    const sentAt = performance.now();
    const sent = request(`${url}${path}`, { agent, method, headers: { ...headers, 'Idempotency-Key': key } });
    sent.once('error', reject);
    sent.once('response', response => {
      response.once('error', reject);
      response.once('end', () =>
        resolve({ ms: performance.now() - sentAt, status: response.statusCode ?? 0, isReplay: 'idempotent-replayed' in response.headers }),
      );
      response.resume();
    });
    sent.end(body);
  });
}
