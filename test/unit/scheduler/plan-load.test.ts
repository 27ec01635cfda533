import { describe, expect, test } from 'vitest';
import { defaultSettings } from '#shared/domain/settings.ts';
import { estimateGgufMemory } from '#main/formats/index.ts';
import { planLoad, type PlanInput } from '#main/scheduler/plan-load.ts';
import { makeModelRecord } from '#test/support/model-record.ts';

const gigabyte = 1e9;
/** 100 MB of weights, 23,040 bytes a token: 189 MB of cache for each slot of 8192 tokens. */
const model = makeModelRecord();

const estimate = (contextSize: number, slots: number): number =>
  estimateGgufMemory({ facts: model.facts, sizeBytes: model.sizeBytes, contextSize, slots, batchSize: 512 }).totalBytes;

function plan(overrides: Partial<PlanInput> = {}) {
  return planLoad({
    model,
    loadOptions: {},
    settings: defaultSettings,
    physicalCores: 4,
    freeBytes: 16 * gigabyte,
    ...overrides,
  });
}

describe('a context that nobody chose', () => {
  test.each([
    { trainedContext: 8192, contextSize: 8192 },
    { trainedContext: 131_072, contextSize: 131_072 },
    { trainedContext: null, contextSize: 4096 },
  ])('trained for $trainedContext tokens: it may grow to $contextSize', ({ trainedContext, contextSize }) => {
    const { verdict, options } = plan({ model: makeModelRecord({ facts: { trainedContext } }) });
    expect(verdict).toBe('fits');
    expect(options).toMatchObject({ contextSize, start: { contextSize: 2048, sequences: 1 } });
  });

  test('a model for fewer tokens begins with all of them', () => {
    const { options } = plan({ model: makeModelRecord({ facts: { trainedContext: 1024 } }) });
    expect(options).toMatchObject({ contextSize: 1024, start: { contextSize: 1024, sequences: 1 } });
  });

  test('the memory it begins with is what the load needs', () => {
    expect(plan().needBytes).toBe(estimate(2048, 1));
  });

  test('it may grow to what fits into nine tenths of the free memory', () => {
    expect(plan({ freeBytes: estimate(6144, 1) / 0.899 })).toMatchObject({
      verdict: 'shrunk',
      options: { contextSize: 6144, start: { contextSize: 2048, sequences: 1 } },
    });
  });

  test('not even 2048 tokens fit: too large, with the numbers of that smallest choice', () => {
    expect(plan({ freeBytes: 0.2 * gigabyte })).toMatchObject({
      verdict: 'too-large',
      needBytes: estimate(2048, 1),
      options: { contextSize: 2048, slots: 1 },
    });
  });

  test.each([1, 2, 3, 4])('as many slots as fit in half of the free memory at first: %i', (slots) => {
    expect(plan({ freeBytes: 2 * estimate(2048, slots) })).toMatchObject({ options: { slots } });
    expect(plan({ freeBytes: 2 * estimate(2048, slots) - 1 }).options.slots).toBe(Math.max(1, slots - 1));
  });

  test('never more than four, however much is free', () => {
    expect(plan({ freeBytes: 1000 * gigabyte }).options.slots).toBe(4);
  });

  test('it begins as it was needed of late, within bounds, if there is room', () => {
    const startFor = (contextSize: number, sequences: number, freeBytes = 16 * gigabyte) =>
      plan({ observedNeed: { contextSize, sequences }, freeBytes }).options.start;
    expect(startFor(3072, 3)).toEqual({ contextSize: 3072, sequences: 3 });
    expect(startFor(200, 9)).toEqual({ contextSize: 2048, sequences: 4 });
    expect(startFor(30_000, 1)).toEqual({ contextSize: 8192, sequences: 1 });
    expect(startFor(8192, 4, estimate(4096, 1) / 0.899)).toEqual({ contextSize: 4096, sequences: 1 });
  });

  test('a request that asks for more than a model was trained for gets it', () => {
    expect(plan({ minimumContextSize: 10_000 })).toMatchObject({ verdict: 'fits', options: { contextSize: 10_000 } });
  });
});

describe('context and slots that somebody chose', () => {
  test('a chosen context is there as a whole, in as many slots as fit', () => {
    const { options } = plan({ loadOptions: { contextSize: 4096 } });
    expect(options).toMatchObject({ contextSize: 4096, slots: 4 });
    expect(options.start).toBeUndefined();
  });

  test('a chosen context is kept or refused, never changed', () => {
    const loadOptions = { contextSize: 20_000 };
    expect(plan({ loadOptions })).toMatchObject({ verdict: 'fits', options: { contextSize: 20_000 } });
    expect(plan({ loadOptions, freeBytes: 0.5 * gigabyte })).toMatchObject({
      verdict: 'too-large',
      options: { contextSize: 20_000, slots: 1 },
    });
  });

  test('chosen slots are kept or refused, never changed', () => {
    expect(plan({ loadOptions: { slots: 9 } }).options.slots).toBe(9);
    expect(plan({ loadOptions: { slots: 9, contextSize: 8192 }, freeBytes: gigabyte }).verdict).toBe('too-large');
  });
});

describe('who decides', () => {
  test('the request goes before the settings, the settings before the machine', () => {
    const settings = { ...defaultSettings, threads: 3, slots: 2, contextSize: 1024 };
    expect(plan().options).toMatchObject({ threads: 4, batchSize: 512, gpu: 'auto', gpuLayers: 'auto' });
    expect(plan({ settings }).options).toMatchObject({ threads: 3, slots: 2, contextSize: 1024 });
    expect(plan({ settings, loadOptions: { threads: 1, slots: 1, contextSize: 512 } }).options).toMatchObject({
      threads: 1,
      slots: 1,
      contextSize: 512,
    });
  });

  test('only threads that nobody asked for may adapt', () => {
    const settings = { ...defaultSettings, threads: 4 };
    expect(plan().options).toMatchObject({ threads: 4, adaptsThreads: true });
    expect(plan({ settings }).options).toMatchObject({ threads: 4, adaptsThreads: false });
    expect(plan({ loadOptions: { threads: 4 } }).options).toMatchObject({ threads: 4, adaptsThreads: false });
    expect(plan({ loadOptions: { contextSize: 512 } }).options.adaptsThreads).toBe(true);
  });

  test('a machine that tells of no cores gets one thread', () => {
    expect(plan({ physicalCores: 0 }).options.threads).toBe(1);
  });

  test('with the GPU off no layer goes there, whatever the request says', () => {
    const settings = { ...defaultSettings, gpu: 'off' as const };
    expect(plan({ settings, loadOptions: { gpuLayers: 20 } }).options).toMatchObject({ gpu: 'off', gpuLayers: 0 });
    expect(plan({ loadOptions: { gpuLayers: 20 } }).options.gpuLayers).toBe(20);
  });
});

test('adapters and guessing are taken as they were chosen; a scale that nobody chose is 1', () => {
  const adapters = [{ path: '/a.gguf', scale: 0.5 }, { path: '/b.gguf' }];
  const { options } = plan({ loadOptions: { adapters, speculation: true } });
  expect(options).toMatchObject({
    adapters: [
      { path: '/a.gguf', scale: 0.5 },
      { path: '/b.gguf', scale: 1 },
    ],
    speculation: true,
  });
  expect(Object.keys(plan().options)).not.toContain('adapters');
});
