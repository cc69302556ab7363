/** A network to a small API of its own, a client's world and its storage, which know nothing of the test before. */
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type FaultyNetwork, startFaultyNetwork } from './faulty-network.ts';
import { testStorage, World } from './world.ts';

// Imports see what was assigned last.
export let network: FaultyNetwork;
export let world: World;
export let storage: ReturnType<typeof testStorage>;

/** For a file of tests to call once. */
export function startEachTestAfresh(): void {
  beforeAll(async () => {
    network = await startFaultyNetwork();
  });
  afterAll(() => network.stop());
  beforeEach(() => {
    world = new World();
    storage = testStorage();
    network.reset();
  });
}

export function sentKeys(): Set<string> {
  return new Set(network.requests.map(({ key }) => key));
}
