import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { explain } from '#scripts/bench/bench-context.ts';
import { mergeReport } from '#scripts/bench/report-file.ts';
import { toVerdict, type Row, type SuiteResult } from '#scripts/bench/report.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'impetus-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const facts = { machine: '2 cores', versions: 'v1', models: ['m: sha256 0'], notMeasured: ['graphics processors'] };
const rowOf = (suite: string, figure: Row['figure']): Row => ({
  ...{ suite, what: 'time', against: 'P', threads: 1, figure, target: { atMost: 5 } },
});
const resultOf = (commit: string, row: Row): SuiteResult => ({
  ...{ date: '2026-11-21', commit, isQuick: true, minutes: 1, load: 2, commandLines: ['impetus serve'] },
  ...{ rows: [row], raw: {} },
});

test('suites measured at different times stand together, each with its commit, the last of each counts', () => {
  const names = ['decode', 'soak'];
  const write = (name: string, result: SuiteResult): void =>
    mergeReport(folder, { facts, suites: { [name]: result }, names });
  write('soak', resultOf('aaa', rowOf('Soak', { value: 9, unit: 'MB' })));
  write('decode', resultOf('bbb', rowOf('Decode', { value: 3, unit: 'ms' })));
  write('soak', resultOf('ccc', rowOf('Soak', { notMeasured: 'llama-server did not start' })));
  const text = readFileSync(path.join(folder, 'benchmarks.md'), 'utf8');
  expect(text.indexOf('## Decode')).toBeLessThan(text.indexOf('## Soak'));
  expect(text).toContain('| time | P | 1 | 3 ms | <= 5 | met |');
  expect(text).toContain('| time | P | 1 | llama-server did not start | <= 5 | not measured |');
  expect(text).toContain('commit bbb');
  expect(text).not.toContain('aaa');
  expect(text).toContain('- graphics processors');
});

test('a missed target is said with its limit', () => {
  expect(toVerdict(rowOf('Soak', { value: 9, unit: 'MB' }))).toBe('missed');
});

test('a failure is told in one line, without folders of the machine', () => {
  expect(explain(new Error('\nP did not start: /home/me/llama-server: no memory\nmore'))).toBe(
    'P did not start: llama-server: no memory',
  );
});
