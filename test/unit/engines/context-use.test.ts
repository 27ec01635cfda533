import { expect, test } from 'vitest';
import { ContextUse } from '#main/engines/llama-cpp/context-use.ts';

const now = { allocatedTokens: 2048, usedTokens: 1024, growths: 3 };

test('before anything happened nothing is known', () => {
  expect(new ContextUse().toStats(now)).toEqual({
    ...now,
    allocatedToUsedP95: null,
    usualTokens: 0,
    usualSequences: 0,
  });
});

test('the ratio that 95 of 100 steps stayed within', () => {
  const use = new ContextUse();
  for (let step = 0; step < 95; step++) use.observe({ allocatedTokens: 1400, usedTokens: 1000 });
  for (let step = 0; step < 5; step++) use.observe({ allocatedTokens: 2048, usedTokens: 10 });
  expect(use.toStats(now).allocatedToUsedP95).toBe(1.4);
  use.observe({ allocatedTokens: 2048, usedTokens: 10 });
  expect(use.toStats(now).allocatedToUsedP95).toBe(50);
});

test('the usual need is what three of four recent requests did with', () => {
  const use = new ContextUse();
  for (let request = 0; request < 100; request++) use.noteRequest({ tokens: 9000, running: 4 });
  for (let request = 1; request <= 64; request++)
    use.noteRequest({ tokens: request * 10, running: request > 50 ? 2 : 1 });
  expect(use.toStats(now)).toMatchObject({ usualTokens: 480, usualSequences: 1 });
});
