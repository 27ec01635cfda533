import { expect, test } from 'vitest';
import { decodeCompletionRequest } from '#main/api/openai/completions/decode.ts';
import { completionRequestSchema } from '#main/api/openai/completions/schema.ts';
import { validate } from '#main/api/validate.ts';

function promptsOf(body: object) {
  return decodeCompletionRequest(validate(completionRequestSchema, body)).map(({ prompt }) => prompt);
}

test.each([
  { prompt: 'a', prompts: [{ type: 'text', text: 'a' }] },
  { prompt: '', prompts: [{ type: 'text', text: '' }] },
  {
    prompt: ['a', 'b'],
    prompts: [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ],
  },
  { prompt: [1, 2], prompts: [{ type: 'tokens', tokens: [1, 2] }] },
  {
    prompt: [[1, 2], [3]],
    prompts: [
      { type: 'tokens', tokens: [1, 2] },
      { type: 'tokens', tokens: [3] },
    ],
  },
])('$prompt', ({ prompt, prompts }) => {
  expect(promptsOf({ prompt })).toEqual(prompts);
});

test('n choices for the first prompt, then for the second', () => {
  const requests = decodeCompletionRequest(validate(completionRequestSchema, { prompt: ['a', 'b'], n: 2, seed: 10 }));
  expect(requests.map(({ prompt, sampling }) => [prompt, sampling.seed])).toEqual([
    [{ type: 'text', text: 'a' }, 10],
    [{ type: 'text', text: 'a' }, 11],
    [{ type: 'text', text: 'b' }, 10],
    [{ type: 'text', text: 'b' }, 11],
  ]);
});

test.each([{}, { prompt: 5 }, { prompt: [] }, { prompt: ['a', 1] }, { prompt: [-1] }, { prompt: [1.5] }])(
  '%j names the prompt',
  (body) => {
    expect(() => promptsOf(body)).toThrow(/^"prompt/);
  },
);

test('more than 128 choices are refused', () => {
  const prompt = Array.from({ length: 65 }, () => 'a');
  expect(() => promptsOf({ prompt, n: 2 })).toThrow('"n" is not valid: 65 prompts times 2 are more than 128 choices.');
  expect(() => promptsOf({ prompt: Array.from({ length: 129 }, () => 'a') })).toThrow(/^"prompt/);
});
