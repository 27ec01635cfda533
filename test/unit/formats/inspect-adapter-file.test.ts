import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspectAdapterFile } from '#main/formats/index.ts';
import { checkAdapters } from '#main/scheduler/check-adapters.ts';
import { writeGguf, writeTinyLora, writeTinyRandom } from '#test/support/make-gguf.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

async function write(content: Uint8Array): Promise<string> {
  const file = path.join(await createTempFolder(), 'adapter.gguf');
  await writeFile(file, content);
  return file;
}

const whole = writeTinyLora();
const metadata = { 'general.architecture': 'llama', 'general.type': 'adapter', 'adapter.type': 'lora' };
const half = { name: 'blk.0.attn_q.weight.lora_a', shape: [4, 4], type: 'f32', data: new Float32Array(16) } as const;

test('an adapter says for which network it was made', async () => {
  expect(await inspectAdapterFile(await write(whole))).toEqual({ architecture: 'llama', sizeBytes: whole.length });
});

describe('what is no whole adapter is refused before a library sees it', () => {
  test.each([
    ['a model', writeTinyRandom(), 'model-format-unsupported', 'no LoRA adapter'],
    [
      'an adapter of another kind',
      writeGguf({ metadata: { ...metadata, 'adapter.type': 'x' }, tensors: [half] }),
      'model-format-unsupported',
      'no LoRA adapter',
    ],
    [
      'one that changes nothing',
      writeGguf({ metadata, tensors: [{ ...half, name: 'blk.0.attn_norm.weight' }] }),
      'model-file-invalid',
      'changes nothing',
    ],
    [
      'half a matrix',
      writeGguf({ metadata, tensors: [half] }),
      'model-file-invalid',
      'other half of blk.0.attn_q.weight.lora_a',
    ],
    ['one that is cut off', whole.slice(0, -64), 'model-file-invalid', 'incomplete'],
    ['one that is cut off in its header', whole.slice(0, 200), 'model-file-invalid', ''],
    ['no GGUF', new TextEncoder().encode('hello, this is no adapter at all'), 'model-format-unsupported', ''],
  ])('%s', async (_, content, code, message) => {
    await expect(inspectAdapterFile(await write(content))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  test('one that is not there', async () => {
    await expect(inspectAdapterFile('/nowhere/adapter.gguf')).rejects.toMatchObject({ code: 'model-file-missing' });
  });
});

test('an adapter for another network is refused before the load, with both names', async () => {
  const adapters = [{ path: await write(writeTinyLora({ architecture: 'qwen2' })) }];
  await expect(checkAdapters(makeModelRecord({ id: 'mine' }), { adapters })).rejects.toMatchObject({
    code: 'model-load-failed',
    message: expect.stringContaining('made for qwen2; mine is llama') as string,
  });
  await checkAdapters(makeModelRecord(), { adapters: [{ path: await write(whole) }] });
});
