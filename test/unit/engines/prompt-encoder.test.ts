import { describe, expect, test } from 'vitest';
import type { NativeVocabulary } from '#main/engines/llama-cpp/native-vocabulary.ts';
import { PromptEncoder } from '#main/engines/llama-cpp/prompt-encoder.ts';
import { createFakeTemplates } from '#test/support/fake-templates.ts';

/** One token per character; `^` is the begin token 94. */
function createVocabulary(overrides: Partial<NativeVocabulary> = {}): NativeVocabulary {
  return {
    size: 256,
    type: 1,
    beginToken: 94,
    endToken: 36,
    wantsBeginToken: true,
    beginText: '^',
    endText: '$',
    tokenize: (text) => Uint32Array.from(text, (character) => character.charCodeAt(0)),
    tokenText: (token) => String.fromCharCode(token),
    attributes: () => 4,
    isEndOfGeneration: (token) => token === 36,
    detokenize: (tokens) => String.fromCharCode(...tokens),
    ...overrides,
  };
}

function createEncoder(overrides: Partial<NativeVocabulary> = {}): PromptEncoder {
  return new PromptEncoder(createVocabulary(overrides), createFakeTemplates('^^a'));
}

const text = (value: string) => ({ type: 'text' as const, text: value });

describe('PromptEncoder', () => {
  test('the begin token is put in front once', async () => {
    expect([...(await createEncoder().encode(text('ab'))).tokens]).toEqual([94, 97, 98]);
    expect([...(await createEncoder().encode(text('^ab'))).tokens]).toEqual([94, 97, 98]);
  });

  test('a begin token doubled by the chat template is dropped', async () => {
    expect([...(await createEncoder().encode({ type: 'chat', messages: [] })).tokens]).toEqual([94, 97]);
  });

  test('a vocabulary that wants none gets none', async () => {
    expect([...(await createEncoder({ wantsBeginToken: false }).encode(text('ab'))).tokens]).toEqual([97, 98]);
  });

  test('counting without special tokens adds nothing', async () => {
    expect([...(await createEncoder().tokenize(text('ab'), false))]).toEqual([97, 98]);
  });

  test('an empty prompt is the begin token, or a fault of the request where there is none', async () => {
    expect([...(await createEncoder({ wantsBeginToken: false }).encode(text(''))).tokens]).toEqual([94]);
    await expect(createEncoder({ beginToken: undefined }).encode(text(''))).rejects.toThrow(
      expect.objectContaining({ code: 'invalid-request' }),
    );
  });

  test('token ids are used as they are', async () => {
    expect([...(await createEncoder().encode({ type: 'tokens', tokens: [5, 0, 255] })).tokens]).toEqual([5, 0, 255]);
  });

  test.each([256, -1, 1.5])('token id %d never reaches the library', async (token) => {
    await expect(createEncoder().encode({ type: 'tokens', tokens: [1, token] })).rejects.toThrow(
      expect.objectContaining({ code: 'invalid-request', data: { param: 'prompt', token, vocabularySize: 256 } }),
    );
  });
});
