import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Tool } from '#shared/domain/chat.ts';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import type { EngineInstance, GenerationTask } from '#main/engine-port/index.ts';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { codeOf, collect, finishOf, textOf, tokensOf } from '#test/support/engine-tasks.ts';
import { loadLlama, never, toTask } from '#test/support/load-llama.ts';

const person = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 30 },
    age: { type: 'integer', minimum: 0, maximum: 120 },
    mood: { enum: ['glad', 'sad', 'so-so'] },
    tags: { type: 'array', items: { type: 'string', maxLength: 12 }, minItems: 1, maxItems: 3 },
  },
  required: ['name', 'age', 'mood', 'tags'],
  additionalProperties: false,
};

function chat(content: string, more: Partial<GenerationTask> = {}): GenerationTask {
  const prompt = { type: 'chat', messages: [{ role: 'user', content }] } as const;
  return { ...toTask({ ...prompt, messages: [...prompt.messages] }, { maxTokens: 300, ignoreEnd: false }), ...more };
}

function withSeed(task: GenerationTask, seed: number): GenerationTask {
  return { ...task, sampling: { ...task.sampling, temperature: 0.8, seed } };
}

describe('output formats', () => {
  test.each([1, 2, 3])('a schema is kept to at seed %d, whatever the model would rather say', async (seed) => {
    const instance = await loadLlama(smolModelPath);
    const task = withSeed(chat('Describe a person.', { output: { type: 'json-schema', schema: person } }), seed);
    const events = await collect(instance.generate(task, never()));
    const value: unknown = JSON.parse(textOf(events));
    expect(new Ajv2020().validate(person, value)).toBe(true);
    expect(finishOf(events)).toMatchObject({ reason: 'stop' });
    expect(finishOf(events).usage.completionTokens).toBe(tokensOf(events).length);
  });
});
