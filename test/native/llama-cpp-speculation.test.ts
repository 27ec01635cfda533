import { expect, test } from 'vitest';
import type { Sampling } from '#shared/domain/generation.ts';
import type { EngineInstance } from '#main/engine-port/index.ts';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { ask, loadLlama } from '#test/support/load-llama.ts';

/** Code to be told again, with one name changed: what agents ask for all day. */
const code = Array.from({ length: 5 }, (_, index) => `export const value${index} = compute(${index}, options);`).join(
  '\n',
);
const prompts = [
  `Repeat this text:\n${code}\n\nThe text again:\n${code.slice(0, 60)}`,
  'one two three four one two three four one two three four one two',
  'Once upon a time there was a',
];

const load = (speculation: boolean): Promise<EngineInstance> =>
  loadLlama(smolModelPath, { contextSize: 1024, slots: 2, ...(speculation ? { speculation } : {}) });

test('what is guessed is chosen all the same: answers are those of a model that does not guess', async () => {
  const plain = await load(false);
  const quick = await load(true);
  let right = 0;
  for (const [index, prompt] of prompts.entries()) {
    const samplings: Partial<Sampling>[] = [{ temperature: 0 }, { temperature: 0.8, seed: 7 + index }];
    for (const sampling of samplings) {
      const options = { maxTokens: 32, sampling };
      const expected = await ask(plain, prompt, options);
      const told = await ask(quick, prompt, options);
      expect(told.tokens).toEqual(expected.tokens);
      expect(expected.finish.timings.draftedTokens).toBeUndefined();
      right += told.finish.timings.rightTokens ?? 0;
    }
  }
  expect(right).toBeGreaterThan(0);
  // What was guessed wrong is not in the state: told again, the whole conversation goes on from it.
  const again = await ask(quick, prompts[1] ?? '', { maxTokens: 32 });
  expect(again.finish.usage.cachedTokens).toBe(again.start.promptTokens - 1);
  expect(again.text).toBe((await ask(plain, prompts[1] ?? '', { maxTokens: 32 })).text);
});

test('answers that run together are not guessed at', async () => {
  const quick = await load(true);
  const both = await Promise.all([ask(quick, prompts[1] ?? ''), ask(quick, prompts[0] ?? '', { maxTokens: 8 })]);
  const drafted = both[1].finish.timings.draftedTokens ?? 0;
  expect(drafted).toBe(0);
});
