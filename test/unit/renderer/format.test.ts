import { describe, expect, test } from 'vitest';
import { toCurlExample } from '#renderer/format/copy-examples.ts';
import {
  formatBytes,
  formatCounted,
  formatLiveRate,
  formatParameters,
  formatRate,
} from '#renderer/format/format-number.ts';
import { formatDuration, formatSeconds, formatTimeLeft } from '#renderer/format/format-time.ts';
import { toLedgerParts, toLedgerText } from '#renderer/format/memory-ledger.ts';
import { toLibraryLine, toMemoryLine, toModelGroup, toStateText } from '#renderer/format/model-line.ts';
import { toModelName } from '#shared/domain/model-name.ts';
import { makeLoadedState, makeModel } from '#test/support/fake-control.ts';

const space = '\u00a0';

describe('numbers', () => {
  test.each([
    [0, '0 kB'],
    [23_040, '23 kB'],
    [999_400, '999 kB'],
    [999_600, '1 MB'],
    [98_362_432, '98 MB'],
    [999_499_999, '999 MB'],
    [999_500_000, '1.0 GB'],
    [7_700_000_000, '7.7 GB'],
    [42_540_000_000, '42.5 GB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text.replace(' ', space));
  });

  test('a count and its word agree, kept on one line', () => {
    expect(formatCounted(1, 'request')).toBe(`1${space}request`);
    expect(formatCounted(18_204, 'token')).toBe(`18,204${space}tokens`);
    expect(formatCounted(0, 'reply', 'replies')).toBe(`0${space}replies`);
  });

  test('measured rates keep a decimal below a hundred, live ones below ten', () => {
    expect(formatRate(27.34)).toBe('27.3');
    expect(formatRate(311.6)).toBe('312');
    expect(formatLiveRate(0)).toBe('0');
    expect(formatLiveRate(8.46)).toBe('8.5');
    expect(formatLiveRate(44.4)).toBe('44');
  });

  test('parameters are counted in millions and billions', () => {
    expect(formatParameters(134_515_008)).toBe('135M');
    expect(formatParameters(8_190_735_360)).toBe('8.2B');
  });
});

describe('times', () => {
  test.each([
    [-5, '0 s'],
    [45_900, '45 s'],
    [22 * 60_000, '22 min'],
    [15_120_000, '4 h 12 min'],
    [7_200_000, '2 h'],
    [183_600_000, '2 d 3 h'],
  ])('%d ms are %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text.replace(/(\d) /g, `$1${space}`));
  });

  test('time left is rounded up, never to zero', () => {
    expect(formatTimeLeft(59_000)).toBe('under a minute');
    expect(formatTimeLeft(-1)).toBe('under a minute');
    expect(formatTimeLeft(61_000)).toBe(`2${space}min`);
  });

  test('seconds keep a decimal below ten', () => {
    expect(formatSeconds(312)).toBe(`0.3${space}s`);
    expect(formatSeconds(12_340)).toBe(`12${space}s`);
  });
});

describe('names of models', () => {
  const name = (path: string, quantization = 'Q4_1'): string =>
    toModelName({ path, facts: makeModel({ name: 'inside the file', quantization }).facts });

  test('are those of their files without ending and quantization', () => {
    expect(name('/models/SmolLM2-135M-Instruct.Q4_1.gguf')).toBe('SmolLM2-135M-Instruct');
    expect(name('C:\\models\\Qwen3-8B-Q4_K_M.gguf', 'Q4_K_M')).toBe('Qwen3-8B');
    expect(name('/models/gpt-oss-120b-mxfp4-00001-of-00003.gguf', 'MXFP4')).toBe('gpt-oss-120b');
  });

  test('keep what only looks like a quantization', () => {
    expect(name('/models/MyQ4_1.gguf')).toBe('MyQ4_1');
    expect(name('/models/llama.gguf', 'F16')).toBe('llama');
  });

  test('fall back to the name inside the file', () => {
    expect(name('/models/.gguf')).toBe('inside the file');
  });
});

describe('what a model is doing, in words', () => {
  const now = Date.parse('2026-11-21T12:00:00.000Z');
  const loaded = (change: Parameters<typeof makeLoadedState>[0]) =>
    makeModel({ name: 'Qwen3-8B', status: makeLoadedState({ memoryBytes: 7.7e9, ...change }) });

  test('a loaded model names its memory and what keeps or ends it', () => {
    expect(toMemoryLine(loaded({ activeRequests: 2 }), now)).toBe(`Q4_K_M · 7.7${space}GB · 2${space}requests`);
    expect(toMemoryLine(loaded({ unloadsAt: null }), now)).toBe(`Q4_K_M · 7.7${space}GB · stays loaded`);
    expect(toMemoryLine(loaded({ unloadsAt: '2026-11-21T12:21:30.000Z' }), now)).toBe(
      `Q4_K_M · 7.7${space}GB · unloads in 22${space}min`,
    );
  });

  test('groups follow the state, and a file set aside needs attention', () => {
    const failed = { state: 'failed', code: 'memory-insufficient', message: '1.1 GB short.' } as const;
    expect(toModelGroup(loaded({}))).toBe('memory');
    expect(toModelGroup(makeModel({ name: 'a', status: { state: 'loading', progress: 0.4 } }))).toBe('memory');
    expect(toModelGroup(makeModel({ name: 'a' }))).toBe('disk');
    expect(toModelGroup(makeModel({ name: 'a', status: failed }))).toBe('attention');
    expect(toModelGroup(makeModel({ name: 'a', trust: 'quarantined' }))).toBe('attention');
  });

  test('a model that did not load says why; one on disk who published it', () => {
    const failed = { state: 'failed', code: 'memory-insufficient', message: '1.1 GB short.' } as const;
    expect(toLibraryLine(makeModel({ name: 'a', status: failed }), now)).toBe('1.1 GB short.');
    expect(toLibraryLine(makeModel({ name: 'a' }), now)).toBe('example');
    expect(toLibraryLine(makeModel({ name: 'a', trust: 'new' }), now)).toBe('example · not loaded yet');
    expect(toStateText(makeModel({ name: 'a', status: { state: 'loading', progress: 0.619 } }))).toBe(
      `Loading 61${space}%`,
    );
  });
});

describe('the memory ledger', () => {
  const models = [
    makeModel({ name: 'Qwen3-8B', status: makeLoadedState({ memoryBytes: 7.7e9 }) }),
    makeModel({ name: 'other' }),
  ];

  test('adds up to the machine’s memory', () => {
    const parts = toLedgerParts({ totalBytes: 36e9, availableBytes: 12.2e9, usedByModelsBytes: 7.7e9 }, models);
    expect(parts).toEqual([
      { kind: 'other', name: 'Other apps', bytes: 16.1e9 },
      { kind: 'model', name: 'Qwen3-8B', bytes: 7.7e9 },
      { kind: 'free', name: 'Free', bytes: 12.2e9 },
    ]);
  });

  test('never shows a negative part when the system counts a model’s file as available', () => {
    const parts = toLedgerParts({ totalBytes: 10e9, availableBytes: 9e9, usedByModelsBytes: 7.7e9 }, models);
    expect(parts.map((part) => part.bytes)).toEqual([0, 7.7e9, 2.3e9]);
  });

  test('is one sentence for people who do not see it', () => {
    const memory = { totalBytes: 36e9, availableBytes: 12.2e9, usedByModelsBytes: 7.7e9 };
    expect(toLedgerText(memory, toLedgerParts(memory, models))).toBe(
      'Memory, 36.0 GB: Other apps 16.1 GB, Qwen3-8B 7.7 GB, Free 12.2 GB'.replaceAll(' GB', `${space}GB`),
    );
  });
});

test('the curl example is one shell command, also for a model whose id holds a quote', () => {
  expect(toCurlExample('http://127.0.0.1:11535', "it's")).toBe(
    [
      'curl http://127.0.0.1:11535/v1/chat/completions \\',
      '  -H "content-type: application/json" \\',
      `  -d '{"model":"it'\\''s","stream":true,"messages":[{"role":"user","content":"Say hello in five words."}]}'`,
    ].join('\n'),
  );
});
