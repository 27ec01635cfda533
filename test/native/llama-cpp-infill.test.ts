import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Prompt } from '#shared/domain/generation.ts';
import { tinyModelPath } from '#test/support/dev-cache.ts';
import { ask, errorOf, loadLlama, never, toTask } from '#test/support/load-llama.ts';
import { collect } from '#test/support/engine-tasks.ts';
import { writeTinyRandom } from '#test/support/make-gguf.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

const tokens = { prefix: 300, suffix: 301, middle: 302, repository: 303, file: 304 };
const gap: Extract<Prompt, { type: 'infill' }> = {
  type: 'infill',
  prefix: 'def f(x):\n',
  suffix: '\nprint(f(1))',
};

/** The tiny model, whose file says which of its tokens tell of a gap. */
async function writeFiller(names: readonly (keyof typeof tokens)[]): Promise<string> {
  const keys = { prefix: 'pre', suffix: 'suf', middle: 'mid', repository: 'rep', file: 'sep' } as const;
  const metadata = Object.fromEntries(names.map((name) => [`tokenizer.ggml.fim_${keys[name]}_token_id`, tokens[name]]));
  const file = path.join(await createTempFolder(), 'tiny-filler.gguf');
  await writeFile(file, writeTinyRandom({}, { metadata }));
  return file;
}

test('a gap is filled as llama-server fills it: the same prompt, the same tokens', async () => {
  const instance = await loadLlama(await writeFiller(['prefix', 'suffix', 'middle']));
  expect(instance.info.canInfill).toBe(true);
  const filled = await ask(instance, gap, { maxTokens: 24 });
  expect(filled.start.promptTokens).toBe(26);
  // Recorded from `llama-server` with the same file: POST /infill, temperature 0.
  expect(filled.text).toBe(' aa hr cn esM go/ bsk:7D[ gaj st ps ea ci bsk:7o');
  const led = await ask(instance, { ...gap, lead: '  return' }, { maxTokens: 24 });
  expect(led.text).toBe(' aa hr cn esM go/ bsk> br st bio dr ra osA roP dr ra5f');
});

test('other files stand before the gap, whole', async () => {
  const instance = await loadLlama(await writeFiller(['prefix', 'suffix', 'middle', 'repository', 'file']));
  const files = [{ name: 'a.py', text: 'A = 1\n' }];
  const { tokens: read } = await instance.tokenize({ prompt: { ...gap, files }, addSpecial: true });
  const { tokens: text } = await instance.tokenize({ prompt: { type: 'text', text: 'A = 1\n' }, addSpecial: false });
  expect(read[0]).toBe(1);
  expect(read[1]).toBe(tokens.repository);
  expect(read.filter((token) => token >= 300 && token <= 304)).toEqual([303, 304, 304, 300, 301, 302]);
  expect(read.join(' ')).toContain(text.join(' '));
});

test('a gap whose surroundings do not fit is refused with the size of each part; nothing is cut', async () => {
  const instance = await loadLlama(await writeFiller(['prefix', 'suffix', 'middle']), { contextSize: 256 });
  const long = { ...gap, suffix: 'x '.repeat(300) };
  const error = await errorOf(collect(instance.generate(toTask(long, { maxTokens: 8 }), never())));
  expect(error).toMatchObject({
    code: 'context-overflow',
    data: { contextSize: 256, prefixTokens: 10, suffixTokens: 600, fileTokens: 0, promptTokens: 614 },
  });
});

test('a model without such tokens says so', async () => {
  const instance = await loadLlama(tinyModelPath);
  expect(instance.info.canInfill).toBe(false);
  const error = await errorOf(collect(instance.generate(toTask(gap, { maxTokens: 8 }), never())));
  expect(error).toMatchObject({ code: 'capability-missing' });
});
