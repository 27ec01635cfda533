import type { InstanceInfo } from '#main/engine-port/index.ts';

/** What a loaded model says of itself; every field can be set. */
export function makeInstanceInfo(overrides: Partial<InstanceInfo> = {}): InstanceInfo {
  return {
    modelId: 'test-model',
    engine: 'test',
    placement: 'main',
    pid: process.pid,
    device: 'cpu',
    contextSize: 512,
    slots: 2,
    threads: 1,
    memory: { modelBytes: 1, contextBytes: 1 },
    hasChatTemplate: true,
    ...overrides,
  };
}
