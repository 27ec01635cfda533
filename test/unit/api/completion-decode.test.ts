import { expect, test } from 'vitest';
import { pickBest } from '#main/api/openai/completions/best-of.ts';
import { decodeChoices, decodeCompletionRequest } from '#main/api/openai/completions/decode.ts';
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

test('of more choices than asked for the likeliest are kept; they need their probabilities', () => {
  const body = validate(completionRequestSchema, { prompt: 'a', n: 2, best_of: 3 });
  expect(decodeChoices(body)).toEqual({ generated: 3, kept: 2 });
  expect(decodeCompletionRequest(body).map(({ tokenProbabilities }) => tokenProbabilities)).toEqual([0, 0, 0]);
  expect(decodeChoices(validate(completionRequestSchema, { prompt: 'a', n: 2 }))).toEqual({ generated: 2, kept: 2 });
  const rate = (...logprobs: number[]) => ({
    probabilities: logprobs.map((logprob) => ({ token: 1, bytes: [], logprob, top: [] })),
  });
  const [long, poor, best, empty] = [rate(-1, -1, -1), rate(-3), rate(-0.5), rate()];
  expect(pickBest([long, poor, best, empty], { generated: 4, kept: 3 })).toEqual([best, long, poor]);
  expect(pickBest([poor, best, long, empty], { generated: 2, kept: 1 })).toEqual([best, long]);
  expect(pickBest([poor, best], { generated: 2, kept: 2 })).toEqual([poor, best]);
});

test.each([
  [{ best_of: 1, n: 2 }, '"best_of" is not valid: it is less than the 2 choices that "n" asks for.'],
  [{ best_of: 2, stream: true }, '"best_of" is not valid: the best can only be told when all are whole.'],
  [{ best_of: 9 }, '"best_of" is not valid'],
])('%j is refused', (rest, message) => {
  expect(() => decodeCompletionRequest(validate(completionRequestSchema, { prompt: 'a', ...rest }))).toThrow(message);
});
