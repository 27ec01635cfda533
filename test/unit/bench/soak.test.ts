import { expect, test } from 'vitest';
import { countObjects } from '#scripts/bench/inspector.ts';
import { fitLine } from '#scripts/bench/linear-fit.ts';

test('a line through points has their slope, and an error as large as they scatter', () => {
  const straight = fitLine([
    [0, 1],
    [1, 3],
    [2, 5],
  ]);
  expect(straight.slope).toBeCloseTo(2, 12);
  expect(straight.slopeError).toBeCloseTo(0, 12);
  const scattered = fitLine([
    [0, 0],
    [1, 2],
    [2, 0],
    [3, 2],
  ]);
  expect(scattered.slope).toBeCloseTo(0.4, 12);
  expect(scattered.slopeError).toBeCloseTo(Math.sqrt(3.2 / 2 / 5), 12);
});

test('live objects of a heap snapshot are counted by class; strings are not, and what a class is called is known', () => {
  const kinds = ['hidden', 'object', 'string', 'closure'];
  const snapshot = {
    snapshot: { meta: { node_fields: ['type', 'name', 'id'], node_types: [kinds] } },
    nodes: [1, 0, 11, 1, 0, 12, 1, 1, 13, 2, 0, 14, 3, 0, 15],
    strings: ['GenerationRun', 'Socket'],
  };
  const { counts, functions } = countObjects(JSON.stringify(snapshot));
  expect(Object.fromEntries(counts)).toEqual({ GenerationRun: 2, Socket: 1 });
  expect([...functions]).toEqual(['GenerationRun']);
});
