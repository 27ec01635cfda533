import { expect, test } from 'vitest';
import type { MeasuredDay } from '#scripts/bench/agent-day.ts';
import { toAgentRows } from '#scripts/bench/agent-rows.ts';

function dayOf(factor: number, tokens: Partial<MeasuredDay>): MeasuredDay {
  const trace = (wallMs: number) => ({
    wallMs: wallMs * factor,
    cpuSeconds: factor,
    requests: [10, 20, 30].map((ms) => ({ kind: 'turn' as const, firstTextMs: ms * factor })),
  });
  return {
    ...{ traces: [trace(100), trace(200), trace(400)], interrupted: trace(1000) },
    ...{ uniqueTokens: 1000, computedTokens: 1000, wastedTokens: 0 },
    ...{ generatedTokens: 200, generatedReadAgain: 0, miscounted: 0, ...tokens },
  };
}

const rows = toAgentRows(
  [
    [
      dayOf(1, { computedTokens: 1010, generatedReadAgain: 3, miscounted: 2 }),
      dayOf(2, { computedTokens: 1500, wastedTokens: 500, generatedReadAgain: 50 }),
    ],
  ],
  'S',
);
const find = (what: string) => rows.find((row) => row.what.startsWith(what));

test('each trace is a pair of its own; the interrupted one counts apart', () => {
  expect(find('wall time of a trace')?.figure).toMatchObject({ median: 0.5, pairs: 3 });
  expect(find('wall time of a trace with a restart')?.figure).toMatchObject({ median: 0.5, pairs: 1 });
});

test('first tokens are compared over all requests of the day', () => {
  expect(find('time to first token, p50')?.figure).toMatchObject({ median: 0.5, pairs: 9 });
  expect(find('time to first token, p99 (')?.figure).toMatchObject({ value: 30, note: 'S 60 ms' });
});

test('the trie ratio and the waste are those of Impetus, the peer beside them', () => {
  expect(find('trie ratio')?.figure).toMatchObject({ median: expect.closeTo(1.01, 6) as number });
  expect(find('trie ratio')?.what).toContain('(S 1.500)');
  expect(find('prompt tokens computed again')?.figure).toMatchObject({
    value: 0,
    note: expect.stringContaining('S 500') as string,
  });
});

test('generated tokens read again are a share of those generated; wrong counts are told', () => {
  const readAgain = find('generated tokens read again');
  expect(readAgain?.figure).toMatchObject({ value: 1.5, note: expect.stringContaining('S 25.00 %') as string });
  expect(readAgain?.target).toEqual({ atMost: 0.5 });
  expect(find('requests whose cached_tokens')?.figure).toMatchObject({ value: 2 });
});
