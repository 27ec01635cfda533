import { expect, test } from 'vitest';
import { toCrowdRows, toFragmentRows, toThroughputRows } from '#scripts/bench/load-rows.ts';
import { toVerdict } from '#scripts/bench/report.ts';

const result = { wall: [[8, 10] as [number, number]], cpu: [[4, 5] as [number, number]], differs: true };

test('throughput is higher when a token takes less time', () => {
  const [throughput, cpu] = toThroughputRows({ result, depth: 4096, streams: 4, against: 'S' });
  expect(throughput?.figure).toMatchObject({ median: expect.closeTo(1.25, 6) as number });
  expect(throughput?.target).toEqual({ atLeast: 1.05 });
  expect(cpu?.figure).toMatchObject({ median: expect.closeTo(0.8, 6) as number });
});

test('other words void a comparison with the same libraries only', () => {
  const verdictAgainst = (against: string) =>
    toThroughputRows({ result, depth: 0, streams: 4, against }).map((row) => toVerdict({ ...row, suite: '' }))[0];
  expect(verdictAgainst('S')).toBe('void: different tokens');
  expect(verdictAgainst('P')).toBe('met');
});

test('one stream alone has no throughput target', () => {
  expect(toThroughputRows({ result, depth: 0, streams: 1, against: 'S' })[0]?.target).toBeUndefined();
});

test('a running stream is judged by its own step, a short request by the peer', () => {
  const round = (firstTokenMs: number, p99: number) => ({
    firstTokenMs,
    isLate: false,
    alone: { p50: 10 },
    crowded: { p50: 12, p99 },
  });
  const rows = toCrowdRows({
    rounds: [[round(50, 25), round(100, 250)]],
    shape: { busyStreams: 4, longPrompt: 0, contextSize: 1024 },
    against: 'S',
  });
  const figureOf = (what: string) => rows.find((row) => row.what.startsWith(what));
  expect(figureOf('time to first token')?.figure).toMatchObject({ median: expect.closeTo(0.5, 6) as number });
  expect(figureOf('time to first token')?.target).toEqual({ atMost: 1 });
  expect(figureOf('time between tokens, p99 against')?.figure).toMatchObject({
    median: expect.closeTo(2.5, 6) as number,
  });
  expect(figureOf('time between tokens, p99 against')?.target).toEqual({ atMost: 3 });
});

test('a server that was late is named in the row', () => {
  const round = (isLate: boolean) => ({ firstTokenMs: 30_000, isLate, alone: { p50: 1 }, crowded: { p50: 1, p99: 1 } });
  const rows = toCrowdRows({
    rounds: [
      [round(true), round(false)],
      [round(false), round(false)],
    ],
    shape: { busyStreams: 1, longPrompt: 8192, contextSize: 9000 },
    against: 'S',
  });
  expect(rows[0]?.what).toBe(
    'time to first token of 200 tokens beside 1 busy stream while 8192 tokens are read; in 1 of 2 pairs not within 30 s',
  );
});

test('streams whose neighbours left are compared by tokens a second and by CPU time a token', () => {
  const block = (wallMs: number, cpuMs: number) => ({ wallMs, cpuMs, units: 100 });
  const rows = toFragmentRows([[block(1000, 900), block(500, 300)]], 'S');
  expect(rows.map(({ figure }) => figure)).toMatchObject([
    { median: expect.closeTo(0.5, 6) as number },
    { median: expect.closeTo(3, 6) as number },
  ]);
  expect(rows[0]?.what).toBe('tokens a second, 4 streams in every second slot');
});
