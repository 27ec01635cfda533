import { expect, test } from 'vitest';
import type { PassportCheck } from '#shared/domain/passport.ts';
import { toOutcome, toRemedies, toTelling } from '#renderer/features/library/passport-words.ts';
import { formatDay, formatMilliseconds } from '#renderer/format/format-time.ts';
import { makePassport } from '#test/support/make-passport.ts';

const check = (id: PassportCheck['id'], verdict: PassportCheck['verdict'], figures: Record<string, number> = {}) => ({
  ...{ id, verdict, figures },
  detail: '',
  durationMs: 0,
});

test.each([
  { of: check('needle', 'fail', { found: 5, asked: 6 }), outcome: '5 of 6' },
  { of: check('json-schema', 'pass', { valid: 3, asked: 3 }), outcome: '3 of 3' },
  { of: check('json-schema', 'not-measured'), outcome: 'not measured' },
  { of: check('speed', 'pass', { decodeTokensPerSecond: 71.5 }), outcome: '71.5\u00a0tok/s' },
  { of: check('context', 'pass', { longestPromptTokens: 8096 }), outcome: '8,096\u00a0tokens' },
  { of: check('memory', 'pass', { peakBytes: 290e6 }), outcome: '290\u00a0MB' },
  { of: check('tools-auto', 'pass'), outcome: 'works' },
  { of: check('tools-auto', 'fail'), outcome: 'does not' },
  { of: check('reasoning', 'not-applicable'), outcome: 'not for this model' },
])('$of.id, $of.verdict: $outcome', ({ of, outcome }) => {
  expect(toOutcome(of)).toBe(outcome);
});

test('the short list holds what was decided, tools first', () => {
  expect(toTelling(makePassport().checks).map(({ id }) => id)).toEqual([
    'tools-auto',
    'tools-required',
    'tools-parallel',
    'json-schema',
    'needle',
  ]);
});

test('failed checks that Impetus has an answer to name it', () => {
  expect(toRemedies(makePassport().checks)).toEqual([
    'Clients can hold it to one call an answer: parallel_tool_calls false.',
  ]);
  expect(toRemedies([check('tools-auto', 'pass'), check('needle', 'fail')])).toEqual([]);
});

test('days and short times', () => {
  const now = new Date('2026-11-21T12:00:00.000Z');
  expect(formatDay('2026-11-18T12:00:00.000Z', now)).toBe('18 Nov');
  expect(formatDay('2025-11-18T12:00:00.000Z', now)).toBe('18 Nov 2025');
  expect(formatDay('yesterday', now)).toBe('yesterday');
  expect([formatMilliseconds(42.4), formatMilliseconds(999.4), formatMilliseconds(1234)]).toEqual([
    '42\u00a0ms',
    '999\u00a0ms',
    '1.2\u00a0s',
  ]);
});
