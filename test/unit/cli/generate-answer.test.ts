import { expect, test } from 'vitest';
import type { ControlClient } from '#shared/control/client.ts';
import type { GenerationEvent, GenerationRequest } from '#shared/domain/generation.ts';
import { generateAnswer } from '#main/cli/generate-answer.ts';

const request: GenerationRequest = { prompt: { type: 'text', text: 'a' }, sampling: {}, stops: [] };
const usage = { promptTokens: 1, cachedTokens: 0, completionTokens: 4 };
const timings = { queueMs: 0, prefillMs: 1, decodeMs: 2 };
const start: GenerationEvent = { type: 'start', model: 'm', promptTokens: 1, contextSize: 64, seed: 7 };
const finish: GenerationEvent = { type: 'finish', reason: 'stop', rawReason: 'eog', usage, timings };

function answer(events: GenerationEvent[]) {
  const told: string[] = [];
  const client = {
    channel: async function* () {
      yield* events;
    },
  } as unknown as ControlClient;
  const answering = generateAnswer(client, request, {
    abort: new AbortController().signal,
    onStart: () => told.push('started'),
    onText: (text) => told.push(text),
  });
  return answering.then((whole) => ({ whole, told }));
}

test('text is told as it comes, thinking and calls stand in the answer', async () => {
  const { whole, told } = await answer([
    start,
    { type: 'reasoning-delta', text: 'Let me ', tokens: [1] },
    { type: 'reasoning-delta', text: 'see', tokens: [2] },
    { type: 'text-delta', text: 'Well', tokens: [3] },
    { type: 'tool-call-start', index: 0, id: 'call_1', name: 'f' },
    { type: 'tool-call-delta', index: 0, arguments: '{"a"' },
    { type: 'tool-call-delta', index: 0, arguments: ':1}' },
    { type: 'tool-call-end', index: 0 },
    finish,
  ]);
  expect(told).toEqual(['started', 'Well']);
  expect(whole).toEqual({
    model: 'm',
    text: 'Well',
    reasoning: 'Let me see',
    toolCalls: [{ id: 'call_1', name: 'f', arguments: '{"a":1}' }],
    seed: 7,
    finishReason: 'stop',
    rawReason: 'eog',
    usage,
    timings,
  });
});

test('without thinking and calls nothing is said of them', async () => {
  const { whole } = await answer([start, { type: 'text-delta', text: 'Hi', tokens: [1] }, finish]);
  expect(Object.keys(whole)).toEqual(['model', 'text', 'seed', 'finishReason', 'rawReason', 'usage', 'timings']);
});

test('an answer without its end is a failure', async () => {
  await expect(answer([start])).rejects.toThrow('The answer ended without its last event.');
});
