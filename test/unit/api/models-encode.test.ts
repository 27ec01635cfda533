import { expect, test } from 'vitest';
import { encodeModel } from '#main/api/openai/models/encode.ts';
import { makeModelRecord } from '#test/support/model-record.ts';

const unloaded = { ...makeModelRecord(), isDefault: true, status: { state: 'unloaded' } } as const;

test('one model with the extra fields of every client', () => {
  expect(encodeModel(unloaded, { contextSize: null })).toEqual({
    id: 'test-model',
    object: 'model',
    created: 1795262400,
    owned_by: 'local',
    aliases: [],
    format: 'gguf',
    quantization: 'Q4_1',
    default: true,
    status: { value: 'unloaded' },
    capabilities: ['completion', 'chat'],
    architecture: { name: 'llama', input_modalities: ['text'], output_modalities: ['text'] },
    max_model_len: 8192,
    context_length: 8192,
    context_window: 8192,
    top_provider: { context_length: 8192 },
    meta: {
      n_ctx_train: 8192,
      n_ctx: 8192,
      n_vocab: 49152,
      n_embd: 576,
      n_params: 135000000,
      size: 100000000,
      vocab_type: null,
    },
  });
});

test.each([
  { trainedContext: 131_072, contextSize: null, expected: 32_768 },
  { trainedContext: 131_072, contextSize: 4_096, expected: 4_096 },
  { trainedContext: null, contextSize: null, expected: null },
])('trained $trainedContext, set $contextSize: a context of $expected', ({ trainedContext, contextSize, expected }) => {
  const model = { ...unloaded, ...makeModelRecord({ facts: { trainedContext } }) };
  expect(encodeModel(model, { contextSize })).toMatchObject({ context_length: expected, max_model_len: expected });
});

test('a loaded model reports the context it really has', () => {
  const status = {
    state: 'loaded',
    placement: 'child',
    device: 'cpu',
    contextSize: 2_048,
    slots: 1,
    memoryBytes: 1,
    activeRequests: 0,
    unloadsAt: null,
    pid: 1,
  } as const;
  expect(encodeModel({ ...unloaded, status }, { contextSize: 9_999 })).toMatchObject({ context_length: 2_048 });
});
