/** `npm run bench`: measures, prints, asserts nothing. */
import { storageBench } from './storage.ts';
import { waitingBench } from './waiting.ts';

storageBench();
await waitingBench();
