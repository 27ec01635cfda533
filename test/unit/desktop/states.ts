import type { ModelState, ModelSummary } from '#shared/domain/model.ts';
import type { ServerState } from '#shared/domain/server-state.ts';
import { makeModelRecord } from '#test/support/model-record.ts';

export const readyServer: ServerState = {
  version: '0.1.0',
  pid: 4242,
  baseUrl: 'http://127.0.0.1:11535',
  port: 11535,
  home: '/home/user/.impetus',
  startedAt: '2026-11-21T12:00:00.000Z',
  phase: 'ready',
  problem: null,
  activeRequests: 0,
  queuedRequests: 0,
  tokensPerSecond: 0,
  memory: { totalBytes: 16e9, availableBytes: 8e9, usedByModelsBytes: 0 },
};

export const busyServer: ServerState = { ...readyServer, phase: 'busy', activeRequests: 2 };

/** A model as the server lists it; the file's name is its id. */
export function makeModel(id: string, status: ModelState, isDefault = false): ModelSummary {
  const record = makeModelRecord({ id, path: `/models/${id}.gguf` });
  return { ...record, facts: { ...record.facts, name: id, quantization: 'Q4_K_M' }, isDefault, status };
}

export function loaded(memoryBytes: number): ModelState {
  return {
    state: 'loaded',
    placement: 'child',
    device: 'cpu',
    contextSize: 8192,
    slots: 4,
    memoryBytes,
    activeRequests: 0,
    unloadsAt: null,
    pid: 4711,
  };
}
