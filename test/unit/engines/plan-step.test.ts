import { describe, expect, test } from 'vitest';
import { planStep, type StepCandidate } from '#main/engines/llama-cpp/plan-step.ts';

const decoding = (sequence: number, isPaused = false): StepCandidate => ({
  sequence,
  prefillTokens: 0,
  isPaused,
  order: sequence,
});
const reading = (sequence: number, prefillTokens: number, order = sequence): StepCandidate => ({
  sequence,
  prefillTokens,
  isPaused: false,
  order,
});
const plan = (candidates: StepCandidate[], prefillBudget = (_decodeTokens: number) => 512) =>
  planStep(candidates, { batchSize: 512, prefillBudget }).map(({ sequence, tokenCount }) => [sequence, tokenCount]);

describe('planStep', () => {
  test('all answers go on together, in ascending order of their sequences', () => {
    expect(plan([decoding(2), decoding(0), decoding(3), decoding(1)])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  test('a lone prompt takes the whole batch', () => {
    expect(plan([reading(0, 900)])).toEqual([[0, 512]]);
  });

  test('beside answers a prompt gets its budget', () => {
    expect(plan([decoding(1), reading(0, 900), decoding(2)], (count) => count * 4)).toEqual([
      [0, 8],
      [1, 1],
      [2, 1],
    ]);
  });

  test('prompts are finished in the order they came', () => {
    expect(plan([reading(0, 400, 7), reading(1, 300, 2)])).toEqual([
      [0, 212],
      [1, 300],
    ]);
  });

  test('an answer whose reader is behind sits out', () => {
    expect(plan([decoding(0), decoding(1, true)])).toEqual([[0, 1]]);
    expect(plan([decoding(0, true)])).toEqual([]);
  });

  test('no budget leaves only the answers', () => {
    expect(plan([decoding(0), reading(1, 10)], () => 0)).toEqual([[0, 1]]);
  });

  test('tokens that are known to come next go along as far as there is room beside the others', () => {
    const known = { ...decoding(0), pendingTokens: 9 };
    expect(plan([known, decoding(1)])).toEqual([
      [0, 9],
      [1, 1],
    ]);
    expect(plan([known, decoding(1), reading(2, 100)], () => 5)).toEqual([
      [0, 6],
      [1, 1],
    ]);
    expect(plan([known, decoding(1), reading(2, 100)], () => 20)).toEqual([
      [0, 9],
      [1, 1],
      [2, 12],
    ]);
  });

  test('a prompt whose scores are wanted goes in pieces that leave every other request its own', () => {
    const scored = { ...reading(0, 100), wantsPromptScores: true };
    expect(plan([scored])).toEqual([[0, 16]]);
    expect(plan([scored, decoding(1), reading(2, 50)])).toEqual([
      [0, 14],
      [1, 1],
      [2, 50],
    ]);
    expect(plan([scored, { ...reading(1, 100), wantsPromptScores: true }])).toEqual([
      [0, 15],
      [1, 1],
    ]);
  });

  test('the end of a long prompt is still a long prompt', () => {
    const seen: number[] = [];
    const prefillBudget = (_decode: number, waiting: number): number => {
      seen.push(waiting);
      return 8;
    };
    const answer = { sequence: 0, prefillTokens: 0, isPaused: false, order: 0 };
    const prompt = { sequence: 1, prefillTokens: 20, promptTokens: 8000, isPaused: false, order: 1 };
    planStep([answer, prompt], { batchSize: 64, prefillBudget });
    expect(seen).toEqual([8000]);
  });

  test('a short prompt overtakes a long one, which keeps half of the room', () => {
    const prompt = (sequence: number, prefillTokens: number) => ({
      sequence,
      prefillTokens,
      isPaused: false,
      order: sequence,
    });
    const plan = (...prompts: ReturnType<typeof prompt>[]) =>
      planStep(prompts, { batchSize: 100, prefillBudget: () => 40 });
    expect(plan(prompt(0, 8000), prompt(1, 200))).toEqual([
      { sequence: 0, tokenCount: 20 },
      { sequence: 1, tokenCount: 20 },
    ]);
    expect(plan(prompt(0, 8000), prompt(1, 5), prompt(2, 300))).toEqual([
      { sequence: 0, tokenCount: 20 },
      { sequence: 1, tokenCount: 5 },
      { sequence: 2, tokenCount: 15 },
    ]);
    expect(plan(prompt(0, 5), prompt(1, 8000))).toEqual([
      { sequence: 0, tokenCount: 5 },
      { sequence: 1, tokenCount: 35 },
    ]);
  });
});
