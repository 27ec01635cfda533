import type { ModelFacts, ModelRecord } from '#shared/domain/model.ts';

/** A small llama-like model of the catalogue; every field can be set. */
export function makeModelRecord({
  facts,
  ...overrides
}: Partial<Omit<ModelRecord, 'facts'>> & { facts?: Partial<ModelFacts> } = {}): ModelRecord {
  return {
    id: 'test-model',
    aliases: [],
    path: '/models/test-model.gguf',
    sizeBytes: 100_000_000,
    sha256: null,
    trust: 'proven',
    addedAt: '2026-11-21T12:00:00.000Z',
    ...overrides,
    facts: {
      format: 'gguf',
      architecture: 'llama',
      name: 'Test Model',
      quantization: 'Q4_1',
      parameterCount: 135_000_000,
      trainedContext: 8192,
      layerCount: 30,
      embeddingSize: 576,
      vocabularySize: 49_152,
      kvBytesPerToken: 23_040,
      hasChatTemplate: true,
      sampling: {},
      ...facts,
    },
  };
}
