import { copyFile, open, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createNodeWorkerHost } from '#main/base/index.ts';
import type { EngineInstance } from '#main/engine-port/index.ts';
import { createChildHost } from '#main/engines/index.ts';
import { smolModelPath, tinyModelPath } from '#test/support/dev-cache.ts';
import { codeOf, collect, finishOf, never, task, testLoadOptions } from '#test/support/engine-tasks.ts';
import { createHostileGgufs, type HostileGguf } from '#test/support/hostile-gguf.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { createTracedWorkerHost, isRunning } from '#test/support/scripted-child.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

const entry = path.resolve(import.meta.dirname, '../../../src/main/engines/hosts/child-entry.ts');

function loadFile(file: string, workerHost = createNodeWorkerHost()): Promise<EngineInstance> {
  return createChildHost({ workerHost, entry, engineName: 'llama-cpp' }).load(
    { model: makeModelRecord({ id: path.basename(file), path: file }), options: testLoadOptions },
    { signal: never(), onProgress: () => undefined },
  );
}

/** The recipe of the file that killed the process of the library's own reader: its first key claims 3.5 GiB. */
async function makeKeyBomb(file: string): Promise<void> {
  const source = await open(smolModelPath);
  const head = Buffer.alloc(4_000_000);
  await source.read(head, 0, head.length, 0).finally(() => source.close());
  head.writeBigUInt64LE(0xe000_0000n, 24);
  await writeFile(file, head);
}

// The pre-check refuses all of these before a library sees them; here they meet the library itself.
describe('a file that changes under a loaded model', () => {
  test('cut short, it kills its child only; the next load says what is wrong', async () => {
    const file = path.join(await createTempFolder(), 'loaded.gguf');
    await copyFile(tinyModelPath, file);
    const [loaded, neighbour] = await Promise.all([loadFile(file), loadFile(tinyModelPath)]);
    onTestFinished(() => neighbour.dispose());
    await truncate(file, 4096);
    const answer = await codeOf(collect(loaded.generate(task('hello', { maxTokens: 4, ignoreEnd: true }), never())));
    expect(answer).toMatchObject({ code: 'engine-crashed', data: { signal: 'SIGBUS' } });
    const events = await collect(neighbour.generate(task('hello', { maxTokens: 4, ignoreEnd: true }), never()));
    expect(finishOf(events).usage.completionTokens).toBe(4);
    expect((await codeOf(loadFile(file))).code).toBe('model-load-failed');
    await rm(file);
    expect((await codeOf(loadFile(file))).code).toBe('model-file-missing');
  });
});

describe('hostile files loaded straight into a child', () => {
  let neighbour: EngineInstance;
  const aborting = createHostileGgufs().filter(({ abortsNativeCode }) => abortsNativeCode);

  beforeAll(async () => {
    neighbour = await loadFile(tinyModelPath);
    return () => neighbour.dispose();
  });

  async function expectHarmless(file: string): Promise<void> {
    const traced = createTracedWorkerHost();
    const error = await codeOf(loadFile(file, traced));
    expect(['engine-crashed', 'model-load-failed']).toContain(error.code);
    expect(error.message).toContain(path.basename(file));
    expect(traced.workers.map(({ pid }) => isRunning(pid))).toEqual([false]);
    const events = await collect(neighbour.generate(task('still here?', { maxTokens: 2, ignoreEnd: true }), never()));
    expect(finishOf(events).usage.completionTokens).toBe(2);
  }

  test.each(aborting)('$name', async ({ name, bytes }: HostileGguf) => {
    const file = path.join(await createTempFolder(), `${name.replaceAll(/[^a-z0-9]+/g, '-')}.gguf`);
    await writeFile(file, bytes);
    await expectHarmless(file);
  });

  test('4 MB whose first key claims a length of 0xE0000000', async () => {
    const file = path.join(await createTempFolder(), 'key-bomb.gguf');
    await makeKeyBomb(file);
    await expectHarmless(file);
  });

  test.each(['block_count', 'head_count', 'head_count_kv'])('%s is among the files that abort native code', (field) => {
    expect(aborting.some(({ name }) => name.includes(field))).toBe(true);
  });
});
