/** Many connections, open already, that send the same request at the same time. */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { type Answer, newContact } from './api-process.ts';
import { post } from './post.ts';

/** The answers, round by round: every round has a key of its own. */
export async function hotKey(url: string, { connections, rounds }: { connections: number; rounds: number }): Promise<Answer[][]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const round = (keyOf: () => string) =>
    Promise.all(Array.from({ length: connections }, () => send(`${url}${newContact.path}`, agent, keyOf())));
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

async function send(url: string, agent: Agent, key: string): Promise<Answer> {
  const sentAt = performance.now();
  const { status, headers } = await post(url, agent, { ...newContact.headers, 'Idempotency-Key': key }, newContact.body);
  return { ms: performance.now() - sentAt, status, isReplay: 'idempotent-replayed' in headers };
}
