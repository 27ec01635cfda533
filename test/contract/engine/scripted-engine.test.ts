import { describe, expect, onTestFinished, test } from 'vitest';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import type { EngineInstance } from '#main/engine-port/index.ts';
import { codeOf, collect, finishOf, never, task, testLoadOptions, textOf } from '#test/support/engine-tasks.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { createScriptedEngine, type ScriptedEngine } from '#test/support/scripted-engine.ts';

async function load(engine: ScriptedEngine): Promise<EngineInstance> {
  const instance = await engine.load(
    { model: makeModelRecord(), options: testLoadOptions },
    { signal: never(), onProgress: () => undefined },
  );
  onTestFinished(() => instance.dispose());
  return instance;
}

describe('what the scripted engine says', () => {
  test.each([
    ['echo a b  c', 'a b  c'],
    ['count to 5', '1 2 3 4 5'],
    ['show prompt', '<user>show prompt</user>\n<assistant>'],
    ['good day', 'You said: good day'],
    ['ping', 'pong'],
  ])('%s', async (message, answer) => {
    const instance = await load(createScriptedEngine({ answers: { ping: 'pong' } }));
    const events = await collect(instance.generate(task(message), never()));
    expect(textOf(events)).toBe(answer);
    expect(finishOf(events)).toMatchObject({ reason: 'stop', rawReason: 'eog' });
  });

  test('shows the task it was given', async () => {
    const instance = await load(createScriptedEngine());
    const given = task('show task', { maxTokens: 400, ignoreEnd: false });
    const shown = JSON.parse(textOf(await collect(instance.generate(given, never())))) as unknown;
    expect(shown).toEqual({ sampling: given.sampling, maxTokens: 400, program: given.program });
  });

  test('goes on from a final assistant message', async () => {
    const instance = await load(createScriptedEngine());
    const messages = [
      { role: 'user' as const, content: 'count to 5' },
      { role: 'assistant' as const, content: '1 2 3' },
    ];
    expect(textOf(await collect(instance.generate(task({ type: 'chat', messages }), never())))).toBe(' 4 5');
  });

  test('fails as told, at once or after some tokens', async () => {
    const instance = await load(createScriptedEngine());
    const events: GenerationEvent[] = [];
    expect((await codeOf(collect(instance.generate(task('fail template-failed'), never()), events))).code).toBe(
      'template-failed',
    );
    expect(events).toEqual([]);
    const late = collect(instance.generate(task('fail engine-stalled after 3'), never()), events);
    expect((await codeOf(late)).code).toBe('engine-stalled');
    expect(textOf(events)).toBe('1 2 3');
  });
});

test('with manual pacing nothing happens between two steps', async () => {
  const engine = createScriptedEngine({ msPerToken: 'manual' });
  const instance = await load(engine);
  const events: GenerationEvent[] = [];
  const reading = collect(instance.generate(task('count to 3'), never()), events);
  await engine.step(0);
  expect(events.map(({ type }) => type)).toEqual(['start']);
  await engine.step();
  expect(events.map(({ type }) => type)).toEqual(['start', 'prefill-progress']);
  await engine.step(2);
  expect(textOf(events)).toBe('1 2');
  await engine.step(2);
  expect(finishOf(await reading).usage.completionTokens).toBe(3);
});
