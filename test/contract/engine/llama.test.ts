import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ModelRecord } from '#shared/domain/model.ts';
import { createNodeWorkerHost } from '#main/base/index.ts';
import type { Engine } from '#main/engine-port/index.ts';
import { createChildHost, createLlamaEngine, createMainHost } from '#main/engines/index.ts';
import { smolModelPath, tinyModelPath } from '#test/support/dev-cache.ts';
import { collect, finishOf, never, task, testLoadOptions, textOf } from '#test/support/engine-tasks.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { describeEngineConformance } from './engine-conformance.ts';

function recordOf(file: string): ModelRecord {
  if (!existsSync(file)) throw new Error(`${file} is missing: node scripts/make-test-models.ts makes it.`);
  return makeModelRecord({
    id: path.basename(file, '.gguf').toLowerCase(),
    path: file,
    sizeBytes: statSync(file).size,
  });
}

const hosts: [string, () => Engine][] = [
  ['the main host', () => createMainHost({ engine: createLlamaEngine({ placement: 'main' }) })],
  ['a child', createLlamaChild],
];

function createLlamaChild(): Engine {
  return createChildHost({
    workerHost: createNodeWorkerHost(),
    engineName: 'llama-cpp',
    entry: path.resolve(import.meta.dirname, '../../../src/main/engines/hosts/child-entry.ts'),
  });
}

for (const [place, createEngine] of hosts) {
  describeEngineConformance(`llama engine in ${place}`, async () => ({
    engine: createEngine(),
    model: recordOf(tinyModelPath),
  }));
}

describe.each(hosts)('a real model in %s', (_place, createEngine) => {
  test('answers a question and goes on with a text', async () => {
    const instance = await createEngine().load(
      { model: recordOf(smolModelPath), options: testLoadOptions },
      { signal: never(), onProgress: () => undefined },
    );
    try {
      const sum = await collect(instance.generate(task('What is 2+2?', { maxTokens: 40 }), never()));
      expect(textOf(sum)).toContain('4');
      expect(finishOf(sum)).toMatchObject({ reason: 'stop', rawReason: 'eog' });
      const prompt = { type: 'text', text: 'The capital of France is' } as const;
      expect(textOf(await collect(instance.generate(task(prompt, { maxTokens: 3 }), never())))).toContain('Paris');
    } finally {
      await instance.dispose();
    }
  });
});
