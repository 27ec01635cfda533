import { FakeControl, makeLoadedState, makeModel, makeServerState } from '#test/support/fake-control.ts';

export const smol = 'smollm2-135m-instruct.q4_1';

/** A server at work: one model busy, one idle, one loading, two on disk, one that did not load. */
export function makeBusyHouse(): FakeControl {
  const control = new FakeControl();
  control.models = [
    makeModel({
      name: 'SmolLM2-135M-Instruct',
      quantization: 'Q4_1',
      isDefault: true,
      status: makeLoadedState({ activeRequests: 2, unloadsAt: null }),
    }),
    makeModel({ name: 'Qwen3-0.6B', quantization: 'Q8_0', status: makeLoadedState({ memoryBytes: 9e8 }) }),
    makeModel({ name: 'Gemma-3-12B-it', sizeBytes: 7.3e9, facts: { architecture: 'gemma3' } }),
    makeModel({ name: 'Phi-4-mini-instruct', sizeBytes: 2.5e9, trust: 'new' }),
    makeModel({ name: 'Qwen3-Coder-30B', sizeBytes: 18.6e9, status: { state: 'loading', progress: 0.61 } }),
    makeModel({
      name: 'Big-70B',
      sizeBytes: 42e9,
      status: { state: 'failed', code: 'memory-insufficient', message: 'Big-70B needs 44.1 GB, 31.9 GB short.' },
    }),
  ];
  control.server = makeServerState({
    phase: 'busy',
    activeRequests: 2,
    tokensPerSecond: 44,
    memory: { totalBytes: 36e9, availableBytes: 12.2e9, usedByModelsBytes: 1.19e9 },
  });
  control.log(
    { time: '2026-11-21T11:42:07.318Z', level: 'info', room: 'api', message: 'listening' },
    { time: '2026-11-21T11:42:09.001Z', level: 'warn', room: 'scheduler', message: 'memory is short' },
    { time: '2026-11-21T11:42:11.570Z', level: 'error', room: 'engines', message: 'child 4121 ended', requestId: 'r1' },
  );
  return control;
}

/** One idle model, loaded and the default. */
export function makeQuietHouse(): FakeControl {
  const control = new FakeControl();
  control.models = [
    makeModel({ name: 'SmolLM2-135M-Instruct', quantization: 'Q4_1', isDefault: true, status: makeLoadedState() }),
  ];
  return control;
}
