import { describe, expect, test } from 'vitest';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import { checkCapabilities } from '#main/inference/check-capabilities.ts';
import { toTask } from '#main/inference/to-task.ts';
import { makeModelRecord } from '#test/support/model-record.ts';

const chat = { type: 'chat', messages: [{ role: 'user', content: 'Hi' }] } as const;
const request: GenerationRequest = { prompt: { ...chat, messages: [...chat.messages] }, sampling: {}, stops: [] };
const task = (rest: Partial<GenerationRequest> = {}) =>
  toTask({ ...request, ...rest }, makeModelRecord(), { load: {}, sampling: {}, aliases: [] });

test('what a request leaves out is left out of the task, but for what always has a value', () => {
  expect(Object.keys(task())).toEqual(['prompt', 'sampling', 'maxTokens', 'program']);
  expect(task()).toMatchObject({
    prompt: chat,
    maxTokens: null,
    program: { stops: [], ignoreEndOfGeneration: false },
  });
});

test('format, tools, thinking and probabilities reach the engine as they were asked for', () => {
  const wishes = {
    output: { type: 'json-object' },
    toolChoice: { type: 'named', names: ['f'] },
    parallelToolCalls: false,
    reasoning: { budgetTokens: 0 },
    tokenProbabilities: 0,
    promptProbabilities: 2,
  } as const;
  expect(task({ ...wishes, toolChoice: { type: 'named', names: ['f'] } })).toMatchObject(wishes);
});

describe('what is said about thinking reaches the template', () => {
  const templateArguments = (rest: Partial<GenerationRequest>) => {
    const { prompt } = task(rest);
    return prompt.type === 'chat' ? prompt.templateArguments : undefined;
  };

  test.each([
    [undefined, undefined],
    [{ isEnabled: false }, { enable_thinking: false, thinking: false }],
    [{ effort: 'none' }, { enable_thinking: false, thinking: false, reasoning_effort: 'low' }],
    [{ effort: 'xhigh' }, { enable_thinking: true, thinking: true, reasoning_effort: 'high' }],
    [{ budgetTokens: 64 }, { thinking_budget: 64 }],
  ] as const)('%j is %j', (reasoning, expected) => {
    expect(templateArguments({ reasoning })).toEqual(expected);
  });

  test('variables that the request itself names go first', () => {
    const prompt = {
      ...request.prompt,
      templateArguments: { thinking: 'maybe', extra: 1 },
    } as GenerationRequest['prompt'];
    expect(templateArguments({ prompt, reasoning: { isEnabled: true } })).toEqual({
      enable_thinking: true,
      thinking: 'maybe',
      extra: 1,
    });
  });

  test('a prompt that is no chat stays as it is', () => {
    expect(task({ prompt: { type: 'text', text: 'a' }, reasoning: { isEnabled: true } }).prompt).toEqual({
      type: 'text',
      text: 'a',
    });
  });
});

test('messages for a model without a chat template are refused before it is loaded; text is not', () => {
  const record = makeModelRecord();
  const model = { ...record, facts: { ...record.facts, hasChatTemplate: false } };
  expect(() => checkCapabilities(request.prompt, model)).toThrow(
    'test-model has no chat template, so it takes no messages.',
  );
  expect(() => checkCapabilities({ type: 'text', text: 'a' }, model)).not.toThrow();
  expect(() => checkCapabilities(request.prompt, record)).not.toThrow();
});
