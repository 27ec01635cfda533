import { expect, test } from 'vitest';
import { noAdapters, type AdapterSet } from '#main/engines/llama-cpp/adapters/adapter-set.ts';
import { AdapterTurns } from '#main/engines/llama-cpp/adapters/adapter-turns.ts';

const set = (key: string): AdapterSet => ({ key, entries: [{ address: 1n, scale: 1 }] });
const slot = (adapters: AdapterSet, isPaused = false, remainingPrompt = 0) => ({
  run: { adapters, isPaused, remainingPrompt },
});

function createTurns() {
  const applied: string[] = [];
  const turns = new AdapterTurns({ setAdapters: ({ key }) => void applied.push(key) });
  return {
    turns,
    applied,
    keys: (slots: ReturnType<typeof slot>[]) => turns.choose(slots).map(({ run }) => run.adapters.key),
  };
}

test('requests without adapters run together, and the driver is left alone', () => {
  const { keys, applied } = createTurns();
  expect(keys([slot(noAdapters), slot(noAdapters)])).toEqual(['everyone', 'everyone']);
  expect(applied).toEqual([]);
});

test('sets take turns; those with the same one share theirs', () => {
  const { keys, applied } = createTurns();
  const slots = [slot(set('a')), slot(noAdapters), slot(set('b')), slot(set('a'))];
  expect([1, 2, 3, 4].map(() => keys(slots))).toEqual([['a', 'a'], ['b'], ['everyone'], ['a', 'a']]);
  expect(applied).toEqual(['a', 'b', 'everyone', 'a']);
});

test('a set of which nobody can go on has no turn', () => {
  const { keys } = createTurns();
  const slots = [slot(set('a'), true), slot(set('b')), slot(set('c'), true, 5)];
  expect([keys(slots), keys(slots), keys(slots)]).toEqual([['b'], ['c'], ['b']]);
  expect(keys([slot(set('a'), true)])).toEqual(['a']);
});
