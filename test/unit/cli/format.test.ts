import { expect, test } from 'vitest';
import { formatBytes, formatRows, formatTable, formatTimeUntil } from '#main/cli/format.ts';

test('bytes are shown with at most three figures', () => {
  expect(
    [0, 999, 1000, 98_362_432, 999_499, 999_500, 4_800_000_000, 12_340_000_000, 9_960_000, 5e15].map(formatBytes),
  ).toEqual(['0 B', '999 B', '1.0 kB', '98 MB', '999 kB', '1.0 MB', '4.8 GB', '12 GB', '10 MB', '5000 TB']);
});

test('a time to come is shown in its largest unit', () => {
  const now = Date.parse('2026-11-21T12:00:00.000Z');
  const after = (seconds: number) => formatTimeUntil(new Date(now + seconds * 1000).toISOString(), now);
  expect([-5, 0, 1, 59, 60, 1799, 3599, 3600, 7300].map(after)).toEqual([
    'now',
    'now',
    '1 s',
    '59 s',
    '1 min',
    '30 min',
    '60 min',
    '1 h',
    '2 h',
  ]);
});

test('columns are aligned, lines carry no blanks at their end, no rows give nothing', () => {
  expect(
    formatTable(
      ['NAME', 'SIZE'],
      [
        ['a', '1 B'],
        ['longer', ''],
      ],
    ),
  ).toBe('NAME    SIZE\na       1 B\nlonger\n');
  expect(formatTable(['NAME'], [])).toBe('');
  expect(formatRows([])).toBe('');
});
