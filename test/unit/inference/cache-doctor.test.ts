import { describe, expect, test } from 'vitest';
import { CacheDoctor, type ObservedAnswer } from '#main/inference/cache-doctor/cache-doctor.ts';

const at = new Date('2026-11-21T10:00:00.000Z');

function observed(
  overrides: Partial<ObservedAnswer['finish']> & { client?: string; model?: string } = {},
): ObservedAnswer {
  const { client = 'Cline', model = 'm', ...finish } = overrides;
  return {
    client,
    model,
    finish: {
      type: 'finish',
      reason: 'stop',
      rawReason: 'eog',
      usage: { promptTokens: 1000, cachedTokens: 200, completionTokens: 5 },
      timings: { queueMs: 1, prefillMs: 4000, decodeMs: 9 },
      ...finish,
    },
  };
}

const around = { left: 'It is ', right: '. Be brief.' };
const change = { position: 200, before: '10:41', now: '10:42', lostTokens: 600, ...around };

describe('CacheDoctor', () => {
  test('adds up what a client reused, and what a changed value cost at the speed of that prompt', () => {
    const doctor = new CacheDoctor(() => at);
    doctor.observe(observed({ reuse: { restoredTokens: 0, break: change } }));
    doctor.observe(
      observed({
        usage: { promptTokens: 1010, cachedTokens: 1000, completionTokens: 5 },
        reuse: { restoredTokens: 900 },
      }),
    );
    expect(doctor.uses()).toEqual([
      {
        client: 'Cline',
        model: 'm',
        requests: 2,
        promptTokens: 2010,
        reusedTokens: 1200,
        restoredTokens: 900,
        lostTokens: 600,
        lostMs: 3000,
        breaks: [{ ...change, at: at.toISOString(), costMs: 3000, proposed: ['times'] }],
        normalizers: [],
      },
    ]);
  });

  test('keeps clients and models apart, the most costly first', () => {
    const doctor = new CacheDoctor(() => at);
    doctor.observe(observed({ client: 'curl' }));
    doctor.observe(observed({ client: 'Zed', reuse: { restoredTokens: 0, break: change } }));
    doctor.observe(observed({ client: 'curl', model: 'other' }));
    expect(doctor.uses().map(({ client, model }) => `${client} ${model}`)).toEqual(['Zed m', 'curl m', 'curl other']);
    doctor.clear();
    expect(doctor.uses()).toEqual([]);
  });

  test('remembers the latest twenty changes and two hundred clients', () => {
    const doctor = new CacheDoctor(() => at);
    for (let index = 0; index < 30; index++) {
      doctor.observe(observed({ reuse: { restoredTokens: 0, break: { ...change, position: index } } }));
    }
    expect(doctor.uses()[0]?.breaks.map(({ position }) => position)).toEqual(
      Array.from({ length: 20 }, (_, index) => 29 - index),
    );
    for (let index = 0; index < 300; index++) doctor.observe(observed({ client: `client-${index}` }));
    expect(doctor.uses()).toHaveLength(200);
  });
});
