import type { Check } from '../check.ts';

/** Until an engine reads images. */
export const visionCheck: Check = {
  ids: ['vision'],
  needsText: false,
  async *run() {
    yield { id: 'vision', verdict: 'not-applicable', detail: 'Impetus runs GGUF models as text models.' };
  },
};
