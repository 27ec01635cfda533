import { describe, expect, onTestFinished, test } from 'vitest';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import type { Engine, GenerationTask } from '#main/engine-port/index.ts';
import { createMainHost } from '#main/engines/index.ts';
import { collect, finishOf, never, task, testLoadOptions, textOf } from '#test/support/engine-tasks.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { createScriptedChildHost } from '#test/support/scripted-child.ts';
import { createScriptedEngine } from '#test/support/scripted-engine.ts';

async function answer(engine: Engine, asked: GenerationTask): Promise<GenerationEvent[]> {
  const instance = await engine.load(
    { model: makeModelRecord(), options: testLoadOptions },
    { signal: never(), onProgress: () => undefined },
  );
  onTestFinished(() => instance.dispose());
  return collect(instance.generate(asked, never()));
}

/** Everything but what differs from run to run. */
const told = (events: GenerationEvent[]) => events.filter(({ type }) => !['start', 'finish'].includes(type));

describe.each([
  ['alone', () => createScriptedEngine()],
  ['in the main host', () => createMainHost({ engine: createScriptedEngine() })],
  ['in a child', () => createScriptedChildHost()],
])('an engine %s', (_, create) => {
  test('tells thinking, text and calls apart, in their order', async () => {
    const events = await answer(create(), task('think Grüße 👋 then say well then call f {"a":1} then call g'));
    expect(told(events).slice(1)).toMatchObject([
      { type: 'reasoning-delta', text: 'Grüße' },
      { type: 'reasoning-delta', text: ' 👋' },
      { type: 'text-delta', text: 'well' },
      { type: 'tool-call-start', index: 0, id: 'call_scripted0', name: 'f' },
      { type: 'tool-call-delta', index: 0, arguments: '{"a":1}' },
      { type: 'tool-call-end', index: 0 },
      { type: 'tool-call-start', index: 1, id: 'call_scripted1', name: 'g' },
      { type: 'tool-call-end', index: 1 },
    ]);
    expect(finishOf(events)).toMatchObject({ reason: 'tool-calls', usage: { completionTokens: 5 } });
  });

  test('reports the probabilities of prompt and answer', async () => {
    const asked = { ...task({ type: 'text', text: 'echo é' }), tokenProbabilities: 2, promptProbabilities: 0 };
    expect(told(await answer(create(), asked)).slice(1)).toMatchObject([
      {
        type: 'prompt-probabilities',
        probabilities: [
          { bytes: [101, 99, 104, 111], logprob: -0.25, top: [] },
          { bytes: [32, 195, 169], logprob: -0.25, top: [] },
        ],
      },
      {
        type: 'text-delta',
        text: 'é',
        probabilities: [
          {
            bytes: [195, 169],
            logprob: -0.25,
            top: [
              { bytes: [195, 169], logprob: -0.25 },
              { bytes: [35, 49], logprob: -1 },
            ],
          },
        ],
      },
    ]);
  });

  test('is given the whole task', async () => {
    const asked: GenerationTask = {
      ...task('show task', { maxTokens: 400, stops: ['\n\n'] }),
      output: { type: 'json-schema', schema: { type: 'object', properties: { a: true } } },
      toolChoice: { type: 'named', names: ['f'] },
      parallelToolCalls: false,
      reasoning: { isEnabled: true, effort: 'low', budgetTokens: 0 },
      tokenProbabilities: 0,
    };
    const { prompt: _prompt, ...rest } = asked;
    expect(JSON.parse(textOf(await answer(create(), asked)))).toEqual(rest);
  });
});
