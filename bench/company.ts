/** Contenders that take turns, each in a process of its own and in another order in every round, so that a noisy neighbour hits all. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Outcome, Play } from './contender-process.ts';
import { shuffled } from './times.ts';

const warmUps = 2;

export class Company {
  readonly #contenders: readonly Contender[];

  constructor(names: readonly string[]) {
    this.#contenders = names.map(name => new Contender(name));
  }

  /** µs of CPU per request in each round, of so many requests; none of whoever can't keep the response. */
  async perform(play: Play, requests: number, rounds = 21): Promise<ReadonlyMap<string, readonly number[]>> {
    for (const contender of this.#contenders) await contender.prepare(play);
    const times = new Map(this.#contenders.map(({ name }) => [name, [] as number[]]));
    for (let round = -warmUps; round < rounds; round++) {
      for (const contender of shuffled(this.#contenders)) {
        const time = await contender.perform(requests);
        if (round >= 0 && time !== undefined) times.get(contender.name)?.push(time);
      }
    }
    return times;
  }

  end(): void {
    for (const contender of this.#contenders) contender.end();
  }
}

/** Works when it is told to, so that only one does at a time. */
class Contender {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #failure: Promise<never>;
  #takesPart = false;

  constructor(name: string) {
    this.name = name;
    this.#process = fork(fileURLToPath(new URL('contender-process.ts', import.meta.url)), [name]);
    this.#failure = once(this.#process, 'exit').then(() => {
      throw new Error(`${name} gave up`);
    });
    // At the end nobody waits for it.
    this.#failure.catch(() => {});
  }

  async prepare(play: Play): Promise<void> {
    this.#takesPart = (await this.#tell({ do: 'prepare', play })) === true;
  }

  /** µs of CPU per request; undefined when the response is too large for it. */
  async perform(requests: number): Promise<number | undefined> {
    return this.#takesPart ? Number(await this.#tell({ do: 'perform', requests })) : undefined;
  }

  end(): void {
    this.#process.kill();
  }

  async #tell(order: Order): Promise<Outcome> {
    const answered = once(this.#process, 'message');
    this.#process.send(order);
    const [outcome] = await Promise.race([answered, this.#failure]);
    return outcome;
  }
}
