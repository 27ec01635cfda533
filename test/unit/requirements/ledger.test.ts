import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { findCitations, findFaultyCitations, findProven, tally } from '#scripts/requirements/ledger.ts';
import { mutateSource } from '#scripts/requirements/mutate-source.ts';
import type { TestRecord } from '#scripts/test/summary-reporter.ts';

const requirement = (id: string) => ({ id, source: id.split('-')[0] ?? '', area: '', requirement: '', check: '' });
const record = (state: TestRecord['state'], ...ids: string[]): TestRecord => ({
  file: 'test/a.test.ts',
  project: 'unit',
  name: 'a',
  state,
  durationMs: 1,
  requirements: { ids, breaks: 'src/a.ts#a' },
});

test('an id is proven by a test that passed, unless another one that cites it failed', () => {
  const proven = findProven([
    record('passed', 'S0-01', 'S0-02'),
    record('failed', 'S0-02'),
    record('skipped', 'S0-03'),
  ]);
  expect([...proven]).toEqual(['S0-01']);
});

test('counts proven and total by source', () => {
  const requirements = ['S0-01', 'S0-02', 'SEC-01'].map(requirement);
  expect(tally(requirements, new Set(['S0-01']))).toEqual([
    { source: 'S0', proven: 1, total: 2 },
    { source: 'SEC', proven: 0, total: 1 },
  ]);
});

test('finds citations over several lines', () => {
  const source = `test('x', ${'verifies'}(['S0-01', 'S0-02'], {\n  breaks: 'src/a.ts#b',\n}, () => {}))`;
  expect(findCitations('t', source)).toEqual([{ file: 't', ids: ['S0-01', 'S0-02'], breaks: 'src/a.ts#b' }]);
});

test('follows a constant of the same file to what a citation stands on', () => {
  const source = `const loop = 'src/a.ts#b';\ntest('x', ${'verifies'}(['S0-01'], { breaks: loop }, () => {}))`;
  expect(findCitations('t', source)).toEqual([{ file: 't', ids: ['S0-01'], breaks: 'src/a.ts#b' }]);
});

test('names unknown ids, missing targets and targets that are not there', () => {
  const faults = findFaultyCitations({
    requirements: [requirement('S0-01')],
    citations: [
      { file: 't1', ids: ['S9-99'], breaks: 'src/a.ts#there' },
      { file: 't2', ids: ['S0-01'], breaks: undefined },
      { file: 't3', ids: ['S0-01'], breaks: 'src/gone.ts#x' },
      { file: 't4', ids: ['S0-01'], breaks: 'src/a.ts#gone' },
    ],
    readSource: (file) => (file === 'src/a.ts' ? 'export function there() {}' : undefined),
  });
  expect(faults).toEqual([
    't1 cites S9-99, which is no requirement.',
    't2 has a citation that does not say what it stands on.',
    't3 stands on src/gone.ts, which is not there.',
    't4 stands on src/a.ts#gone, but src/a.ts exports no such function or class.',
  ]);
});

test.each([
  ['export function a(x: number) { return x; }', 'a(1)'],
  ['export class a { value = 1; }', 'new a()'],
  ['export const a = (x: number) => x;', 'a(1)'],
])('a broken export throws when it is used: %s', (source, use) => {
  const mutated = mutateSource(source, 'a')?.replaceAll('export ', '').replaceAll(': number', '') ?? '';
  expect(mutated).toContain('unmutated_a');
  expect(() => runInNewContext(`${mutated}; ${use}`) as unknown).toThrow('broken on purpose: a');
});
