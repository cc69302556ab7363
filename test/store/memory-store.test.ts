import { MemoryStore } from '../support/memory-store.ts';
import { describeStoreContract } from './store-contract.ts';

describeStoreContract('MemoryStore', async () => new MemoryStore());
