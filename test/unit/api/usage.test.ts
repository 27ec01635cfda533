import { expect, test } from 'vitest';
import type { FinishEvent } from '#main/api/relay.ts';
import { encodeTimings, sumFinishes } from '#main/api/openai/usage.ts';

const finish = (timings: Partial<FinishEvent['timings']> = {}): FinishEvent => ({
  type: 'finish',
  reason: 'stop',
  rawReason: 'eog',
  usage: { promptTokens: 10, cachedTokens: 4, completionTokens: 5 },
  timings: { queueMs: 1, prefillMs: 12, decodeMs: 50, ...timings },
});

test('timings tell what was guessed and what of it was right, over all choices; nothing where nothing was guessed', () => {
  expect(encodeTimings(finish())).toEqual({
    cache_n: 4,
    prompt_n: 6,
    prompt_ms: 12,
    prompt_per_token_ms: 2,
    prompt_per_second: 500,
    predicted_n: 5,
    predicted_ms: 50,
    predicted_per_token_ms: 10,
    predicted_per_second: 100,
  });
  const finishes = [
    finish({ draftedTokens: 8, rightTokens: 5 }),
    finish(),
    finish({ draftedTokens: 2, rightTokens: 0 }),
  ];
  expect(encodeTimings(sumFinishes(finishes, 3))).toMatchObject({ draft_n: 10, draft_n_accepted: 5 });
});
