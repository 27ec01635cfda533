import { expect, test } from 'vitest';
import { TokenHistory } from '#main/engines/llama-cpp/token-history.ts';
import { createRandom } from '#test/support/random.ts';

test('a history grows, is cut and compared like a list of tokens', () => {
  const random = createRandom(5);
  const history = new TokenHistory();
  let model: number[] = [];
  for (let round = 0; round < 4000; round++) {
    if (random.below(12) === 0) {
      const length = random.below(model.length + 20);
      history.truncate(length);
      model = model.slice(0, length);
    } else {
      const tokens = Array.from({ length: random.below(9) }, () => random.below(3));
      history.append(Uint32Array.from(tokens));
      model.push(...tokens);
    }
    expect(history.length).toBe(model.length);
  }
  expect(history.toTokens()).toEqual(Uint32Array.from(model));
  const half = Math.floor(model.length / 2);
  const other = [...model.slice(0, half), 9, 9];
  expect(history.commonPrefixLength(Uint32Array.from(other))).toBe(half);
  expect(history.commonPrefixLength(new Uint32Array(0))).toBe(0);
});
