import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readGgufFileInfo } from 'node-llama-cpp';
import type { Prompt } from '#shared/domain/generation.ts';
import { longContextModelPath, smolModelPath } from '#test/support/dev-cache.ts';
import { ask, loadLlama } from '#test/support/load-llama.ts';
import { readMetadataEntries, writeGguf, writeTinyRandom } from '#test/support/make-gguf.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

/** What other tests rely on in the models that are generated. */

describe('writeGguf', () => {
  test('writes what an independent reader reads', async () => {
    const file = path.join(await createTempFolder(), 'any.gguf');
    const content = writeGguf({
      metadata: {
        'general.architecture': 'llama',
        'general.name': 'Ünï',
        'llama.block_count': 3,
        'llama.rope.freq_base': { type: 'float32', value: 10_000 },
        'llama.expert_weights_scale': 0.5,
        'llama.big': { type: 'uint64', value: 2 ** 40 },
        'llama.flag': true,
        'llama.list': { type: 'array', of: 'int32', values: [-1, 2] },
        'llama.names': ['a', 'bc'],
      },
      tensors: [
        { name: 'first.weight', shape: [2, 3], type: 'f32', data: Float32Array.of(1, 2, 3, 4, 5, 6) },
        { name: 'second.weight', shape: [5], type: 'f16', data: Float32Array.of(1, -2, 0.5, 65_504, 1e-9) },
      ],
    });
    await writeFile(file, content);
    const { metadata, fullTensorInfo } = await readGgufFileInfo(file);
    expect(metadata.general).toMatchObject({ architecture: 'llama', name: 'Ünï' });
    expect(metadata.llama).toMatchObject({
      block_count: 3,
      rope: { freq_base: 10_000 },
      expert_weights_scale: 0.5,
      big: 1_099_511_627_776n,
      flag: true,
      list: [-1, 2],
      names: ['a', 'bc'],
    });
    expect(
      fullTensorInfo?.map(({ name, dimensions, ggmlType, offset }) => [name, dimensions, ggmlType, offset]),
    ).toEqual([
      ['first.weight', [2, 3], 0, 0],
      ['second.weight', [5], 1, 32],
    ]);
    const halves = new DataView(content.buffer, content.byteLength - 32);
    const values = [0, 2, 4, 6, 8].map((offset) => halves.getUint16(offset, true));
    expect(values).toEqual([0x3c00, 0xc000, 0x3800, 0x7bff, 0]);
    expect(readMetadataEntries(content).map(({ key }) => key)).toEqual([
      'general.architecture',
      'general.name',
      'llama.block_count',
      'llama.rope.freq_base',
      'llama.expert_weights_scale',
      'llama.big',
      'llama.flag',
      'llama.list',
      'llama.names',
    ]);
  });

  test('the same arguments give the same bytes, another seed gives others', () => {
    expect(writeTinyRandom()).toEqual(writeTinyRandom());
    expect(writeTinyRandom({ seed: 9 })).not.toEqual(writeTinyRandom());
  });
});

describe('the long-context model', () => {
  const chat = (content: string): Prompt => ({ type: 'chat', messages: [{ role: 'user', content }] });

  test("has SmolLM2's tokenizer and template and a context of 131,072 tokens", async () => {
    const long = await loadLlama(longContextModelPath, { slots: 1 });
    const smol = await loadLlama(smolModelPath, { slots: 1 });
    const prompt = chat('Wörter, 数字 42 and 😀!');
    expect(await long.tokenize({ prompt, addSpecial: true })).toEqual(
      await smol.tokenize({ prompt, addSpecial: true }),
    );
    const { metadata } = await readGgufFileInfo(longContextModelPath);
    expect(metadata.llama?.context_length).toBe(131_072);
  });

  test('ends every answer by itself, and says different things', async () => {
    const instance = await loadLlama(longContextModelPath, { slots: 4, contextSize: 1024 });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        ask(instance, chat(`Question ${index}, ${'please '.repeat(index * 7)}`), {
          maxTokens: 100,
          ignoreEnd: false,
          sampling: { temperature: index % 2 === 0 ? 0 : 1, seed: index },
        }),
      ),
    );
    for (const { finish } of answers) {
      expect(finish.rawReason).toBe('eog');
      expect(finish.usage.completionTokens).toBeLessThanOrEqual(41);
      expect(finish.usage.completionTokens).toBeGreaterThan(10);
    }
    expect(new Set(answers.map(({ text }) => text)).size).toBe(12);
  });

  test('reads 6,000 tokens', async () => {
    const instance = await loadLlama(longContextModelPath, { slots: 1, contextSize: 8192, batchSize: 512 });
    const answer = await ask(instance, 'one two three four five six seven eight nine ten '.repeat(600), {
      maxTokens: 50,
      ignoreEnd: false,
    });
    expect(answer.start.promptTokens).toBeGreaterThan(6000);
    expect(answer.finish.rawReason).toBe('eog');
  });
});
