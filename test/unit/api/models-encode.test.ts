import { expect, test } from 'vitest';
import type { PassportSummary } from '#shared/domain/passport.ts';
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
    type: 'chat',
    capabilities: ['completion', 'chat', 'json-schema'],
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
    impetus: {
      capabilities: {
        completion: { available: true, evidence: 'declared' },
        chat: { available: true, evidence: 'declared' },
        tools: { available: false, evidence: 'declared' },
        'json-schema': { available: true, evidence: 'declared' },
        reasoning: { available: false, evidence: 'declared' },
        infill: { available: false, evidence: 'declared' },
        embeddings: { available: false, evidence: 'declared' },
        rerank: { available: false, evidence: 'declared' },
        vision: { available: false, evidence: 'declared' },
      },
      passport: null,
    },
  });
});

test('what was measured is told with its figures', () => {
  const passport: PassportSummary = {
    testedAt: '2026-11-21T12:00:00.000Z',
    isCurrent: true,
    isComplete: false,
    passed: ['template', 'answer', 'tools-required', 'tools-auto', 'tool-result'],
    failed: ['tools-parallel'],
    notApplicable: ['reasoning'],
    decodeTokensPerSecond: 71.5,
    prefillTokensPerSecond: 610,
    firstTokenMs: 42,
  };
  expect(encodeModel({ ...unloaded, passport }, { contextSize: null })).toMatchObject({
    capabilities: ['completion', 'chat', 'tools', 'json-schema'],
    impetus: {
      capabilities: {
        tools: { available: true, evidence: 'verified' },
        reasoning: { available: false, evidence: 'verified' },
        'json-schema': { available: true, evidence: 'declared' },
      },
      passport: {
        tested_at: '2026-11-21T12:00:00.000Z',
        current: true,
        complete: false,
        passed: ['template', 'answer', 'tools-required', 'tools-auto', 'tool-result'],
        failed: ['tools-parallel'],
        not_applicable: ['reasoning'],
        decode_tokens_per_second: 71.5,
        prefill_tokens_per_second: 610,
        first_token_ms: 42,
      },
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
