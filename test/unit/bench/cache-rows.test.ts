import { expect, test } from 'vitest';
import { cacheCases, type CacheRound } from '#scripts/bench/cache-round.ts';
import { toCacheRows } from '#scripts/bench/cache-rows.ts';
import { toVerdict } from '#scripts/bench/report.ts';

/** Every way takes 100 ms but the named ones. */
function roundOf(times: Partial<Record<(typeof cacheCases)[number], number>>): CacheRound {
  const answerIn = (ms: number) => ({ ms, cachedShare: 0.5 });
  return {
    ...{ cold: answerIn(100), warm: answerIn(100), warmAgain: answerIn(100), side: answerIn(100) },
    ...{
      known: answerIn(100),
      unload: answerIn(100),
      swap: answerIn(100),
      restart: answerIn(100),
      kill: answerIn(100),
    },
    ...Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, answerIn(ms)])),
  };
}

const disk = {
  emptyStart: { ms: 900, cachedShare: 0 },
  restore: { ms: 70, cachedShare: 0.9 },
  known: { ms: 30, cachedShare: 0.9 },
};
const own = roundOf({ cold: 1000, warm: 20, known: 40, restart: 950 });
const rows = toCacheRows({
  rounds: [
    [
      { common: own, disk },
      { common: roundOf({ restart: 1900 }), disk: undefined },
    ],
  ],
  place: '8 tokens',
  stateBytes: 20_000_000,
});
const find = (what: string) => rows.find((row) => row.what.startsWith(what));

test('every way of coming back is compared with the peer, and warm turns with each other', () => {
  expect(rows.filter(({ against }) => against === 'S')).toHaveLength(cacheCases.length - 1);
  expect(find('next turn after restart')?.figure).toMatchObject({ median: 0.5 });
  expect(rows.filter(({ against }) => against === 'A/A')).toHaveLength(1);
});

test('a known agent is judged by its share of cold, before and after a restart', () => {
  const [before, after] = [find('new conversation of a known agent, share'), find('the same after a restart')];
  expect(before?.figure).toMatchObject({ median: expect.closeTo(0.04, 6) as number });
  expect(after?.figure).toMatchObject({ median: expect.closeTo(0.03, 6) as number });
  expect(before && toVerdict({ ...before, suite: '' })).toBe('met');
});

test('a restart may cost 100 ms and the bytes at 1 GB/s beyond a start without history', () => {
  const row = find('after restart: beyond');
  expect(row?.figure).toMatchObject({ value: 50, unit: 'ms' });
  expect(row?.target).toMatchObject({ atMost: 120 });
});

test('the speed of restoring counts the bytes over the time beyond a warm turn', () => {
  expect(find('restored from disk')?.figure).toMatchObject({ value: 400, unit: 'MB/s' });
});
