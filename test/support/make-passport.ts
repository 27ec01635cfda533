import type { Passport } from '#shared/domain/passport.ts';

/** What a small chat model might have been found to do; every field can be set. */
export function makePassport(change: Partial<Passport> = {}): Passport {
  return {
    modelId: 'alpha',
    sha256: 'a'.repeat(64),
    engine: 'test-engine',
    testedAt: '2026-11-18T12:00:00.000Z',
    machine: { platform: 'linux', architecture: 'x64', physicalCores: 2, memoryBytes: 16e9 },
    load: { placement: 'child', device: 'cpu', contextSize: 8192, slots: 4, threads: 2 },
    end: 'complete',
    checks: [
      { id: 'template', verdict: 'pass', detail: 'It renders all roles.', figures: {}, durationMs: 3 },
      { id: 'answer', verdict: 'pass', detail: 'It answers in text.', figures: {}, durationMs: 300 },
      {
        id: 'speed',
        verdict: 'pass',
        detail: 'It writes 71.5 and reads 610 tokens a second.',
        figures: { firstTokenMs: 42, prefillTokensPerSecond: 610, decodeTokensPerSecond: 71.5 },
        durationMs: 1500,
      },
      { id: 'json-schema', verdict: 'pass', detail: '3 of 3 answers are JSON.', figures: {}, durationMs: 900 },
      { id: 'tools-required', verdict: 'pass', detail: 'It called get_weather.', figures: {}, durationMs: 500 },
      { id: 'tools-auto', verdict: 'pass', detail: 'It called get_weather.', figures: {}, durationMs: 500 },
      {
        id: 'tools-parallel',
        verdict: 'fail',
        detail: 'It makes its calls one at a time.',
        figures: {},
        durationMs: 900,
      },
      {
        id: 'tool-result',
        verdict: 'pass',
        detail: 'It answers with what the tool said.',
        figures: {},
        durationMs: 400,
      },
      { id: 'reasoning', verdict: 'not-applicable', detail: 'It knows no thinking.', figures: {}, durationMs: 0 },
      {
        id: 'needle',
        verdict: 'fail',
        detail: 'It found 3 of 3 in 512 tokens, 2 of 3 in 1024 tokens.',
        figures: { found: 5, asked: 6 },
        durationMs: 4000,
      },
      {
        id: 'memory',
        verdict: 'pass',
        detail: 'Its engine process held 290 MB at most.',
        figures: { peakBytes: 290e6 },
        durationMs: 0,
      },
    ],
    ...change,
  };
}
