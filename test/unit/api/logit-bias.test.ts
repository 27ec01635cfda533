import { expect, test } from 'vitest';
import { z } from 'zod';
import { isAppError } from '#shared/errors/app-error.ts';
import { logitBiasSchema } from '#main/api/openai/logit-bias.ts';
import { validate } from '#main/api/validate.ts';

const schema = z.object({ logit_bias: logitBiasSchema });
const decode = (logit_bias: unknown) => validate(schema, { logit_bias }).logit_bias;

function refusalOf(logit_bias: unknown): [unknown, string] | undefined {
  try {
    decode(logit_bias);
    return undefined;
  } catch (error) {
    if (isAppError(error)) return [error.data?.['param'], error.message];
    throw error;
  }
}

test('OpenAI’s map: ids, and texts beside them', () => {
  expect(decode({ '15043': -100, '7': 2.5, Hello: false })).toEqual([
    { token: 7, bias: 2.5 },
    { token: 15043, bias: -100 },
    { token: 'Hello', bias: null },
  ]);
});

test('llama-server’s pairs; false forbids', () => {
  expect(
    decode([
      [15043, 1],
      ['Hello, World!', -0.5],
      [2, false],
    ]),
  ).toEqual([
    { token: 15043, bias: 1 },
    { token: 'Hello, World!', bias: -0.5 },
    { token: 2, bias: null },
  ]);
  expect(decode({})).toEqual([]);
});

const outOfBounds = 'expected a number from -100 to 100, or false.';
const outOfPairBounds = 'expected a number from -1000000 to 1000000, or false.';

test.each([
  [{ '5': 101 }, 'logit_bias.5', outOfBounds],
  [{ '5': 'NaN' }, 'logit_bias.5', outOfBounds],
  [JSON.parse('{"5":1e999}'), 'logit_bias.5', outOfBounds],
  [[[5, Number.NaN]], 'logit_bias[0][1]', outOfPairBounds],
  [
    [
      [5, 1],
      [6, true],
    ],
    'logit_bias[1][1]',
    outOfPairBounds,
  ],
  [{ '-5': 1 }, 'logit_bias.-5', 'this is no token id.'],
  [{ '99999999999': 1 }, 'logit_bias.99999999999', 'this is no token id.'],
  [[[1.5, 1]], 'logit_bias[0][0]', 'this is no token id.'],
  [[[null, 1]], 'logit_bias[0][0]', 'expected a token id or a text.'],
  [[['', 1]], 'logit_bias[0][0]', 'expected a text of 1 to 4096 characters.'],
  [[['\ud800', 1]], 'logit_bias[0][0]', 'expected a text of 1 to 4096 characters.'],
  [[5], 'logit_bias[0]', 'expected a pair of a token and its bias.'],
  [5, 'logit_bias', 'expected an object of token ids or a list of pairs.'],
])('%j is refused by its place', (logitBias, param, problem) => {
  expect(refusalOf(logitBias)).toEqual([param, `"${param}" is not valid: ${problem}`]);
});

test('a million entries are refused without looking at them', () => {
  const read: PropertyKey[] = [];
  const pairs = new Proxy(new Array<unknown>(1_000_000), {
    get: (target, key) => {
      read.push(key);
      return Reflect.get(target, key) as unknown;
    },
  });
  expect(refusalOf(pairs)).toEqual(['logit_bias', '"logit_bias" is not valid: more than 200000 entries.']);
  expect(read).toEqual(['length']);
});
