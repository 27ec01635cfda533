import { existsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import type { ModelRecord } from '#shared/domain/model.ts';
import { createNodeWorkerHost } from '#main/base/index.ts';
import type { Engine, GenerationTask } from '#main/engine-port/index.ts';
import { createChildHost, createLlamaEngine, createMainHost } from '#main/engines/index.ts';
import { smolModelPath, tinyModelPath } from '#test/support/dev-cache.ts';
import { collect, finishOf, never, task, testLoadOptions, textOf, tokensOf } from '#test/support/engine-tasks.ts';
import { writeTinyRandom } from '#test/support/make-gguf.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
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

const thinkingTemplate =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n<think>\\n' }}{% endif %}{# </think> #}";

/** A model that thinks: what it says is nonsense that never ends by itself. */
async function writeThinkingModel(): Promise<string> {
  const file = path.join(await createTempFolder(), 'tiny-thinking.gguf');
  writeFileSync(file, writeTinyRandom({}, { metadata: { 'tokenizer.chat_template': thinkingTemplate } }));
  return file;
}

const joined = (events: readonly GenerationEvent[], type: 'reasoning-delta' | 'tool-call-delta'): string =>
  events
    .map((event) => (event.type !== type ? '' : event.type === 'reasoning-delta' ? event.text : event.arguments))
    .join('');

describe.each(hosts)('an answer under control in %s', (_place, createEngine) => {
  async function answer(file: string, ...tasks: GenerationTask[]): Promise<GenerationEvent[][]> {
    const observer = { signal: never(), onProgress: () => undefined };
    const instance = await createEngine().load(
      { model: recordOf(file), options: { ...testLoadOptions, contextSize: 2048 } },
      observer,
    );
    try {
      const answers = [];
      for (const one of tasks) answers.push(await collect(instance.generate(one, never())));
      return answers;
    } finally {
      await instance.dispose();
    }
  }

  test('formats, calls and probabilities come as they were asked for', async () => {
    const schema = { type: 'object', properties: { on: { type: 'boolean' } }, required: ['on'] };
    const tools = [{ name: 'lamp', parameters: { ...schema, additionalProperties: false } }];
    const messages = [{ role: 'user' as const, content: 'Is the lamp on?' }];
    const [formatted = [], called = [], rated = []] = await answer(
      tinyModelPath,
      { ...task('Is the lamp on?', { maxTokens: 60 }), output: { type: 'json-schema', schema } },
      {
        ...task({ type: 'chat', messages, tools }, { maxTokens: 90 }),
        toolChoice: { type: 'required' },
        parallelToolCalls: false,
      },
      { ...task({ type: 'text', text: 'on and on' }, { maxTokens: 4 }), tokenProbabilities: 2, promptProbabilities: 1 },
    );
    expect(JSON.parse(textOf(formatted))).toEqual({ on: expect.any(Boolean) as boolean });
    expect(called.find((event) => event.type === 'tool-call-start')).toMatchObject({ index: 0, name: 'lamp' });
    expect(JSON.parse(joined(called, 'tool-call-delta'))).toEqual({ on: expect.any(Boolean) as boolean });
    expect(called.filter((event) => event.type === 'tool-call-end')).toHaveLength(1);
    expect(finishOf(called)).toMatchObject({ reason: 'tool-calls' });
    const places = rated.flatMap((event) => (event.type === 'text-delta' ? (event.probabilities ?? []) : []));
    expect(places.map(({ token }) => token)).toEqual(tokensOf(rated));
    // Greedy: the chosen token is the likeliest.
    for (const { token, logprob, top } of places) expect(top[0]).toMatchObject({ token, logprob });
    expect(places.map(({ top }) => top.length)).toEqual([2, 2, 2, 2]);
    const prompt = rated.find((event) => event.type === 'prompt-probabilities');
    expect(prompt?.probabilities).toHaveLength(finishOf(rated).usage.promptTokens - 1);
  });

  test('thinking that the prompt begins is told apart and ends when its budget is spent', async () => {
    const thinking = task('Why?', { maxTokens: 40 });
    const [free = [], short = [], none = [], bound = []] = await answer(
      await writeThinkingModel(),
      thinking,
      { ...thinking, reasoning: { budgetTokens: 5 } },
      { ...thinking, reasoning: { isEnabled: false } },
      { ...thinking, reasoning: { budgetTokens: 3 }, output: { type: 'grammar', grammar: 'root ::= "a" | "b"' } },
    );
    expect(textOf(free)).toBe('');
    expect(joined(free, 'reasoning-delta')).not.toBe('');
    expect(joined(short, 'reasoning-delta')).toBe(
      joined(free, 'reasoning-delta').slice(0, joined(short, 'reasoning-delta').length),
    );
    expect(textOf(short)).not.toBe('');
    expect(textOf(short)).not.toContain('think');
    expect(joined(none, 'reasoning-delta')).toBe('');
    expect(textOf(none)).not.toBe('');
    expect(textOf(bound)).toMatch(/^[ab]$/);
    for (const events of [free, short, none]) expect(finishOf(events).usage.completionTokens).toBe(40);
  });
});
