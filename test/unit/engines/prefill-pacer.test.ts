import { describe, expect, test } from 'vitest';
import { PrefillPacer } from '#main/engines/llama-cpp/prefill-pacer.ts';

const long = { limit: 512, waiting: 100_000 };
const medium = { limit: 512, waiting: 4000 };

/** Added to a step of SmolLM2 by so many prompt tokens, in ms, as measured; its lone step takes 13. */
const addedBySmolLm2 = [0, 7, 17, 24, 29, 34, 42, 47, 51];

interface Trace {
  decodeTokens: number;
  loneMs: number;
  promptTokens: number;
  /** What so many tokens add to a step after so many others. */
  addedMs: (tokens: number, done: number) => number;
}

/** How many times the lone step each step takes, sorted, while one prompt is read. */
function readPrompt({ decodeTokens, loneMs, promptTokens, addedMs }: Trace): { at: (part: number) => number } {
  const pacer = new PrefillPacer();
  pacer.observe({ decodeTokens: 0, prefillTokens: 512, durationMs: addedMs(512, 0) });
  pacer.observe({ decodeTokens, prefillTokens: 0, durationMs: loneMs });
  const ratios: number[] = [];
  for (let done = 0; done < promptTokens;) {
    const chunk = pacer.chunk(decodeTokens, { limit: 512 - decodeTokens, waiting: promptTokens });
    const prefillTokens = Math.min(chunk, promptTokens - done);
    const durationMs = loneMs + addedMs(prefillTokens, done);
    pacer.observe({ decodeTokens, prefillTokens, durationMs });
    ratios.push(durationMs / loneMs);
    done += prefillTokens;
  }
  ratios.sort((left, right) => left - right);
  return { at: (part) => ratios[Math.ceil(part * ratios.length) - 1] ?? 0 };
}

const smolLm2 = (tokens: number): number => addedBySmolLm2[tokens] ?? 51 + (tokens - 8) * 5.9;

describe('PrefillPacer', () => {
  test('without running answers a prompt gets all there is', () => {
    expect(new PrefillPacer().chunk(0, long)).toBe(512);
  });

  test('on a slow machine a step of prompts stays within ten seconds', () => {
    const pacer = new PrefillPacer();
    expect(pacer.knowsPrefill).toBe(false);
    pacer.observe({ decodeTokens: 0, prefillTokens: 512, durationMs: 102_400 });
    expect(pacer.knowsPrefill).toBe(true);
    expect(pacer.chunk(0, long)).toBe(50);
  });

  test('it asks for a step without prefill before it knows what one costs', () => {
    const pacer = new PrefillPacer();
    pacer.observe({ decodeTokens: 0, prefillTokens: 100, durationMs: 500 });
    expect(pacer.chunk(1, long)).toBe(0);
    pacer.observe({ decodeTokens: 1, prefillTokens: 0, durationMs: 15 });
    expect(pacer.chunk(1, medium)).toBe(5);
    expect(pacer.chunk(1, long)).toBe(2);
  });

  test.each([
    { decodeMs: 15, fixedMs: 12, perTokenMs: 6 },
    { decodeMs: 40, fixedMs: 30, perTokenMs: 5.5 },
    { decodeMs: 20, fixedMs: 5, perTokenMs: 0.1 },
  ])('settles so that a step stays within three lone steps: %o', ({ decodeMs, fixedMs, perTokenMs }) => {
    const pacer = new PrefillPacer();
    pacer.observe({ decodeTokens: 0, prefillTokens: 512, durationMs: 512 * perTokenMs });
    pacer.observe({ decodeTokens: 2, prefillTokens: 0, durationMs: decodeMs });
    const durations: number[] = [];
    for (let step = 0; step < 40; step++) {
      const prefillTokens = pacer.chunk(2, long);
      const durationMs = decodeMs + fixedMs + prefillTokens * perTokenMs;
      pacer.observe({ decodeTokens: 2, prefillTokens, durationMs });
      durations.push(durationMs);
    }
    const settled = durations.slice(-10);
    expect(Math.max(...settled)).toBeLessThanOrEqual(
      Math.max(3 * decodeMs, Math.min(5 * decodeMs, decodeMs + 2 * fixedMs), decodeMs + fixedMs + 4 * perTokenMs),
    );
    expect(Math.min(...settled)).toBeGreaterThan(1.5 * decodeMs);
  });

  test('steps that another program slowed down hardly change the size', () => {
    const pacer = new PrefillPacer();
    const costs = [13, 20, 30, 37, 42, 47, 55, 60, 64];
    pacer.observe({ decodeTokens: 0, prefillTokens: 512, durationMs: 512 * 5.9 });
    pacer.observe({ decodeTokens: 1, prefillTokens: 0, durationMs: 13 });
    const sizes: number[] = [];
    for (let step = 0; step < 60; step++) {
      const prefillTokens = pacer.chunk(1, medium);
      sizes.push(prefillTokens);
      const durationMs = (costs[prefillTokens] ?? 1000) * (step % 15 === 14 ? 10 : 1);
      pacer.observe({ decodeTokens: 1, prefillTokens, durationMs });
    }
    const settled = sizes.slice(5);
    expect(Math.max(...settled)).toBeLessThanOrEqual(5);
    expect(Math.min(...settled)).toBeGreaterThanOrEqual(2);
  });

  test('a first measurement that flattered is found out within a few steps', () => {
    const pacer = new PrefillPacer();
    pacer.observe({ decodeTokens: 0, prefillTokens: 140, durationMs: 14.8 });
    pacer.observe({ decodeTokens: 7, prefillTokens: 0, durationMs: 6.3 });
    const durations: number[] = [];
    for (let step = 0; step < 40; step++) {
      const prefillTokens = pacer.chunk(7, long);
      // The deeper the prompt, the dearer its tokens.
      const durationMs = step === 0 ? 7.4 : 6.3 + prefillTokens * (0.05 + Math.min(step, 15) * 0.005);
      pacer.observe({ decodeTokens: 7, prefillTokens, durationMs });
      durations.push(durationMs);
    }
    expect(Math.max(...durations.slice(1))).toBeLessThan(10 * 6.3);
    expect(Math.max(...durations.slice(25))).toBeLessThan(5.5 * 6.3);
  });

  test('a prompt always advances', () => {
    const pacer = new PrefillPacer();
    pacer.observe({ decodeTokens: 1, prefillTokens: 0, durationMs: 1 });
    pacer.observe({ decodeTokens: 0, prefillTokens: 4, durationMs: 4000 });
    pacer.observe({ decodeTokens: 1, prefillTokens: 4, durationMs: 4000 });
    expect(pacer.chunk(1, long)).toBe(4);
  });

  test('prompts that take less than a pause go in at once, until the pauses add up; the allowance comes back with time', () => {
    const pacer = new PrefillPacer();
    const short = { limit: 512, waiting: 140 };
    pacer.observe({ decodeTokens: 0, prefillTokens: 512, durationMs: 2560 });
    pacer.observe({ decodeTokens: 1, prefillTokens: 0, durationMs: 12 });
    expect(pacer.chunk(1, long)).toBe(2);
    expect(pacer.chunk(1, { limit: 512, waiting: 210 })).toBe(4);
    expect(pacer.chunk(1, short)).toBe(140);
    pacer.observe({ decodeTokens: 1, prefillTokens: 140, durationMs: 700 + 12 });
    expect(pacer.chunk(1, short)).toBe(4);
    for (let step = 0; step < 1000; step++) pacer.observe({ decodeTokens: 1, prefillTokens: 0, durationMs: 12 });
    expect(pacer.chunk(1, short)).toBe(140);
  });

  test('beside one SmolLM2 answer a prompt of 512 tokens lengthens no step beyond three', () => {
    const beside = readPrompt({ decodeTokens: 1, loneMs: 13, promptTokens: 2048, addedMs: smolLm2 });
    expect(beside.at(0.5)).toBeLessThanOrEqual(3);
    expect(beside.at(0.99)).toBeLessThanOrEqual(3);
  });

  test('beside one answer 16,000 tokens are read so that 99 of 100 steps take at most two', () => {
    const beside = readPrompt({ decodeTokens: 1, loneMs: 13, promptTokens: 16_000, addedMs: smolLm2 });
    expect(beside.at(0.99)).toBeLessThanOrEqual(2);
  });

  test('beside seven answers of a small model 8,000 tokens that grow dearer stay near three, none in one pause', () => {
    const addedMs = (tokens: number, done: number): number => 2 + tokens * (0.08 + done * 0.00004);
    const beside = readPrompt({ decodeTokens: 7, loneMs: 6.3, promptTokens: 8000, addedMs });
    expect(beside.at(0.5)).toBeLessThanOrEqual(3);
    expect(beside.at(1)).toBeLessThanOrEqual(3.5);
  });

  test('where a pass over the weights alone takes three steps, it is made worth its price and no more', () => {
    const addedMs = (tokens: number): number => 40 + tokens * 0.3;
    const beside = readPrompt({ decodeTokens: 2, loneMs: 15, promptTokens: 8000, addedMs });
    expect(beside.at(0.5)).toBeLessThanOrEqual(5);
    expect(beside.at(0.5)).toBeGreaterThan(3);
  });
});
