import { expect, test, vi } from 'vitest';
import type { StateCache } from '#main/engines/llama-cpp/admission-planner.ts';
import { SequencePool } from '#main/engines/llama-cpp/sequence-pool.ts';
import { StateKeeper } from '#main/engines/llama-cpp/state-keeper.ts';
import { FakeContextDriver } from '#test/support/fake-context-driver.ts';

function createBench(tokenCount = 100) {
  const driver = new FakeContextDriver();
  const pool = new SequencePool({ driver, count: 1, slidingWindow: 0 });
  const [sequence] = pool.sequences;
  if (!sequence) throw new Error('No sequence.');
  const tokens = Uint32Array.from({ length: tokenCount }, (_, index) => index);
  driver.held.set(0, Array.from(tokens));
  sequence.history.append(tokens);
  const cache = {
    held: 0,
    heldLength: vi.fn(() => cache.held),
    keep: vi.fn(async () => undefined),
    flush: vi.fn(async () => true),
  };
  return { driver, sequence, cache, keeper: new StateKeeper({ driver, cache: cache as unknown as StateCache }) };
}

test('what the cache does not know is kept with all tokens of the sequence', async () => {
  const { cache, keeper, sequence } = createBench();
  await keeper.keep(sequence);
  expect(cache.keep).toHaveBeenCalledExactlyOnceWith(sequence.history.toTokens(), expect.any(Uint8Array), '');
});

test('a few new tokens are not worth a copy', async () => {
  const { cache, keeper, sequence } = createBench();
  cache.held = 69;
  await keeper.keep(sequence);
  expect(cache.keep).not.toHaveBeenCalled();
  cache.held = 68;
  await keeper.keep(sequence);
  expect(cache.keep).toHaveBeenCalledOnce();
});

test('a state that the memory has no room for is not copied', async () => {
  const { cache, keeper, sequence, driver } = createBench();
  const copy = vi.spyOn(driver, 'saveState');
  driver.stateBytes = () => Number.MAX_SAFE_INTEGER;
  await keeper.keep(sequence);
  expect(copy).not.toHaveBeenCalled();
  expect(cache.keep).not.toHaveBeenCalled();
});

test('at the end everything is kept and written within the time given', async () => {
  const { cache, keeper, sequence } = createBench();
  await keeper.close([sequence], 1234);
  expect(cache.keep).toHaveBeenCalledOnce();
  expect(cache.flush).toHaveBeenCalledExactlyOnceWith(1234);
});
