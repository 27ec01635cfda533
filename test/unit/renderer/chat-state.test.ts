import { describe, expect, test } from 'vitest';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import { toAnswerFacts, toEndText, toLastSentence } from '#renderer/features/chat/answer-text.ts';
import {
  emptyChat,
  findLastAnswer,
  isAnswering,
  reduceChat,
  toGenerationRequest,
  toTokensPerSecond,
  type ChatAction,
  type ChatState,
} from '#renderer/features/chat/chat-state.ts';
import { parseOptionalNumber } from '#renderer/features/chat/parse-optional-number.ts';

const space = '\u00a0';
const play = (actions: ChatAction[], state: ChatState = emptyChat): ChatState => actions.reduce(reduceChat, state);
const event = (value: GenerationEvent, at = 0): ChatAction => ({ type: 'event', event: value, at });
const start = event({ type: 'start', model: 'smol', promptTokens: 20, contextSize: 8192, seed: 1 });
const delta = (text: string, at: number): ChatAction => event({ type: 'text-delta', text, tokens: [1] }, at);
const finish = (reason: 'stop' | 'length' | 'cancelled'): ChatAction =>
  event({
    type: 'finish',
    reason,
    rawReason: 'eog',
    usage: { promptTokens: 20, cachedTokens: 12, completionTokens: 42 },
    timings: { queueMs: 4, prefillMs: 296, decodeMs: 2000 },
  });
const answerOf = (state: ChatState) => {
  const answer = findLastAnswer(state);
  if (!answer) throw new Error('no answer');
  return answer;
};

describe('a conversation', () => {
  test('grows by a question and an answer that is written piece by piece', () => {
    const state = play([{ type: 'ask', text: 'Hi' }, start, delta('Hel', 100), delta('lo', 140)]);
    expect(isAnswering(state)).toBe(true);
    expect(state.turns[0]).toEqual({ role: 'user', text: 'Hi' });
    expect(answerOf(state)).toMatchObject({ model: 'smol', text: 'Hello', tokens: 2, progress: { state: 'writing' } });
    expect(isAnswering(play([finish('stop')], state))).toBe(false);
  });

  test('thinking and calls stand beside the text', () => {
    const state = play([
      { type: 'ask', text: 'Hi' },
      start,
      event({ type: 'reasoning-delta', text: 'Let me ', tokens: [1, 2] }, 10),
      event({ type: 'reasoning-delta', text: 'see.', tokens: [3] }, 20),
      delta('Well', 30),
      event({ type: 'tool-call-start', index: 0, id: 'call_1', name: 'look' }),
      event({ type: 'tool-call-delta', index: 0, arguments: '{"at":' }),
      event({ type: 'tool-call-delta', index: 0, arguments: '1}' }),
      event({ type: 'tool-call-end', index: 0 }),
    ]);
    expect(answerOf(state)).toMatchObject({
      reasoning: 'Let me see.',
      text: 'Well',
      toolCalls: [{ id: 'call_1', name: 'look', arguments: '{"at":1}' }],
      tokens: 4,
      firstTokenAt: 10,
    });
  });

  test('keeps what was written when the answer is stopped, and lets nothing in afterwards', () => {
    const stopped = play([{ type: 'ask', text: 'Hi' }, start, delta('Hel', 1), { type: 'stop' }, delta('lo', 2)]);
    expect(answerOf(stopped)).toMatchObject({ text: 'Hel', progress: { state: 'stopped' } });
    const cancelled = play([{ type: 'ask', text: 'Hi' }, start, delta('Hel', 1), finish('cancelled')]);
    expect(answerOf(cancelled).progress).toEqual({ state: 'stopped' });
  });

  test('keeps what was written when the engine fails', () => {
    const error = { code: 'engine-crashed', message: 'The engine stopped.' } as const;
    const state = play([{ type: 'ask', text: 'Hi' }, start, delta('Hel', 1), { type: 'fail', error }]);
    expect(answerOf(state)).toMatchObject({ text: 'Hel', progress: { state: 'failed', error } });
  });

  test('makes the last answer anew without losing the question', () => {
    const state = play([{ type: 'ask', text: 'Hi' }, start, delta('No', 1), finish('stop'), { type: 'retry' }]);
    expect(state.turns).toHaveLength(2);
    expect(answerOf(state)).toMatchObject({ text: '', progress: { state: 'waiting' } });
  });

  test('is emptied with model and settings kept', () => {
    const state = play([
      { type: 'choose-model', model: 'smol' },
      { type: 'change-settings', settings: { temperature: 0 } },
      { type: 'ask', text: 'Hi' },
      { type: 'clear' },
    ]);
    expect(state).toMatchObject({ turns: [], model: 'smol', settings: { temperature: 0 } });
  });
});

describe('the request behind an answer', () => {
  test('holds the whole conversation, and only the fields that were set', () => {
    const state = play([
      { type: 'ask', text: 'One' },
      start,
      delta('First', 1),
      finish('stop'),
      { type: 'ask', text: 'Two' },
    ]);
    expect(toGenerationRequest(state)).toEqual({
      prompt: {
        type: 'chat',
        messages: [
          { role: 'user', content: 'One' },
          { role: 'assistant', content: 'First' },
          { role: 'user', content: 'Two' },
        ],
      },
      sampling: {},
      stops: [],
    });
  });

  test('carries model, system prompt, temperature and limit', () => {
    const state = play([
      { type: 'choose-model', model: 'smol' },
      { type: 'change-settings', settings: { systemPrompt: 'Be brief.', temperature: 0, maxTokens: 64 } },
      { type: 'ask', text: 'Hi' },
    ]);
    expect(toGenerationRequest(state)).toEqual({
      model: 'smol',
      prompt: {
        type: 'chat',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hi' },
        ],
      },
      sampling: { temperature: 0 },
      maxTokens: 64,
      stops: [],
    });
  });
});

describe('figures of an answer', () => {
  test('no rate is shown before half a second of tokens was seen', () => {
    const early = play([{ type: 'ask', text: 'Hi' }, start, delta('a', 1000), delta('b', 1400)]);
    expect(toTokensPerSecond(answerOf(early))).toBeUndefined();
    const later = play([delta('c', 2000)], early);
    expect(toTokensPerSecond(answerOf(later))).toBe(2);
  });

  test('the engine’s own figures stand at the end, reuse included', () => {
    const state = play([{ type: 'ask', text: 'Hi' }, start, delta('a', 1), finish('stop')]);
    expect(toAnswerFacts(answerOf(state), undefined)).toBe(
      `21.0${space}tok/s · 42${space}tokens · 0.3${space}s to first token · 12 of 20 prompt tokens reused`,
    );
  });

  test('waiting says whether the model is still loading', () => {
    const answer = answerOf(play([{ type: 'ask', text: 'Hi' }]));
    expect(toAnswerFacts(answer, { state: 'loading', progress: 0.4 })).toBe(`loading the model, 40${space}%`);
    expect(toAnswerFacts(answer, undefined)).toBe('waiting for its turn');
  });

  test('an answer cut off by the limit says so, one that ended by itself says nothing', () => {
    const ended = (reason: 'stop' | 'length') => answerOf(play([{ type: 'ask', text: 'Hi' }, start, finish(reason)]));
    expect(toEndText(ended('length'))).toBe('The limit of tokens ended this answer. Raise it under Parameters.');
    expect(toEndText(ended('stop'))).toBeUndefined();
  });

  test('a stream is read out by whole sentences, the rest at the end', () => {
    expect(toLastSentence('One. Two is', false)).toBe('One.');
    expect(toLastSentence('One. Two is here. Thr', false)).toBe('Two is here.');
    expect(toLastSentence('One. Two is', true)).toBe('Two is');
    expect(toLastSentence('One.', true)).toBe('One.');
    expect(toLastSentence('no end', false)).toBe('');
  });
});

test.each([
  ['', {}],
  [' 0,7 ', { value: 0.7 }],
  ['0', { value: 0 }],
  ['9', { wrong: 'Use a number from 0 to 5.' }],
  ['warm', { wrong: 'Use a number from 0 to 5.' }],
])('the parameter field reads %j as %j', (text, result) => {
  expect(parseOptionalNumber(text, { min: 0, max: 5 })).toEqual(result);
});
