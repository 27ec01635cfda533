import { expect, test } from 'vitest';
import { TokenRate } from '#main/inference/token-rate.ts';

test('tokens per second over the last two seconds', () => {
  const rate = new TokenRate();
  for (let time = 0; time < 2000; time += 100) rate.add(5, time);
  expect(rate.tokensPerSecond(1999)).toBe(50);
  expect(rate.tokensPerSecond(2950)).toBe(25);
  expect(rate.tokensPerSecond(4000)).toBe(0);
});

test('a pause longer than the window forgets everything before it', () => {
  const rate = new TokenRate();
  rate.add(100, 50);
  rate.add(4, 1_000_050);
  expect(rate.tokensPerSecond(1_000_060)).toBe(2);
});
