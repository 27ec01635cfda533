import { expect, test } from 'vitest';
import { GenerationMeter } from '#main/inference/generation-meter.ts';

const start = { type: 'start', model: 'm', promptTokens: 10, contextSize: 100, seed: 1 } as const;

test('a finished generation is recorded with the engine’s own figures', () => {
  const meter = new GenerationMeter('alias', 0);
  meter.observe(start, 1);
  meter.observe(
    {
      type: 'finish',
      reason: 'length',
      rawReason: 'max-tokens',
      usage: { promptTokens: 10, cachedTokens: 4, completionTokens: 2 },
      timings: { queueMs: 1, prefillMs: 2, decodeMs: 3 },
    },
    9,
  );
  expect(meter.toRecord(10, 'error')).toEqual({
    model: 'm',
    outcome: 'length',
    usage: { promptTokens: 10, cachedTokens: 4, completionTokens: 2 },
    computedTokens: 6,
    timings: { queueMs: 1, prefillMs: 2, decodeMs: 3 },
  });
});

test('one that is cancelled while answering counts what was said, by the clock', () => {
  const meter = new GenerationMeter('m', 0);
  meter.observe(start, 1);
  expect(meter.isQueued).toBe(true);
  meter.observe({ type: 'prefill-progress', processedTokens: 10, totalTokens: 10, cachedTokens: 4 }, 5);
  expect(meter.isQueued).toBe(false);
  meter.observe({ type: 'text-delta', text: 'ab', tokens: [1, 2] }, 8);
  expect(meter.toRecord(20, 'cancelled')).toEqual({
    model: 'm',
    outcome: 'cancelled',
    usage: { promptTokens: 10, cachedTokens: 4, completionTokens: 2 },
    computedTokens: 6,
    timings: { queueMs: 5, prefillMs: 3, decodeMs: 12 },
  });
});

test('one that is cancelled in the prompt counts only the tokens that were computed', () => {
  const meter = new GenerationMeter('m', 0);
  meter.observe(start, 1);
  meter.observe({ type: 'prefill-progress', processedTokens: 6, totalTokens: 10, cachedTokens: 4 }, 5);
  expect(meter.toRecord(7, 'cancelled')).toMatchObject({ outcome: 'cancelled', computedTokens: 2 });
});

test('thinking counts like text, and a call shows that the prompt was read', () => {
  const meter = new GenerationMeter('m', 0);
  meter.observe(start, 1);
  meter.observe({ type: 'reasoning-delta', text: 'hm', tokens: [1, 2, 3] }, 4);
  meter.observe({ type: 'tool-call-start', index: 0, id: 'call_1', name: 'f' }, 6);
  expect(meter.isQueued).toBe(false);
  expect(meter.toRecord(9, 'cancelled')).toMatchObject({
    usage: { completionTokens: 3 },
    computedTokens: 10,
    timings: { queueMs: 4, prefillMs: 0, decodeMs: 5 },
  });
});
