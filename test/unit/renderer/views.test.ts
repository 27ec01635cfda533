import { describe, expect, test } from 'vitest';
import { toRoute } from '#renderer/app/routes.ts';
import { appendRate, hasRate, rateHistoryLength, toLiveRate } from '#renderer/control/rate-history.ts';
import { filterModels, groupModels } from '#renderer/features/library/model-groups.ts';
import {
  appendLines,
  filterLines,
  keptLines,
  toFieldText,
  toPlainText,
  toRowText,
} from '#renderer/features/logs/log-lines.ts';
import { isChanged, searchSettings, settingSections, toDefaultText } from '#renderer/features/settings/setting-rows.ts';
import { toSwitchRows } from '#renderer/features/tray-panel/switch-rows.ts';
import { toPath } from '#renderer/ui/sparkline.tsx';
import type { LogEntry } from '#shared/domain/log-entry.ts';
import { defaultSettings } from '#shared/domain/settings.ts';
import { makeLoadedState, makeModel, makeServerState } from '#test/support/fake-control.ts';

describe('routes', () => {
  test.each([
    ['', 'home', ''],
    ['#/chat?model=smol.q4_1', 'chat', 'model=smol.q4_1'],
    ['#/library/', 'library', ''],
    ['#popover', 'popover', ''],
    ['#/../../etc', 'home', ''],
  ])('%j is the page %s', (hash, page, parameters) => {
    const route = toRoute(hash);
    expect([route.page, route.parameters.toString()]).toEqual([page, parameters]);
  });
});

describe('the rate history', () => {
  test('keeps two minutes, newest last', () => {
    const full = Array.from({ length: 125 }, (_, second) => second).reduce<readonly number[]>(appendRate, []);
    expect(full).toHaveLength(rateHistoryLength);
    expect([full[0], full.at(-1)]).toEqual([5, 124]);
  });

  test('is silent when nothing ran, and an ended request leaves no rate behind', () => {
    expect(hasRate([0, 0])).toBe(false);
    expect(hasRate([0, 3, 0])).toBe(true);
    expect(toLiveRate(makeServerState({ activeRequests: 0, tokensPerSecond: 31 }))).toBe(0);
    expect(toLiveRate(makeServerState({ activeRequests: 1, tokensPerSecond: 31 }))).toBe(31);
  });

  test('draws only what was seen, from the right, the highest value at the top', () => {
    expect(toPath([0, 10], 119, 34)).toBe('M118 32L119 4');
    expect(toPath([], 119, 34)).toBe('');
  });
});

describe('models to switch to', () => {
  const models = [
    makeModel({ name: 'Loaded', status: makeLoadedState() }),
    makeModel({ name: 'Beta' }),
    makeModel({ name: 'Alpha' }),
    makeModel({ name: 'Main', isDefault: true }),
    makeModel({ name: 'Coming', status: { state: 'loading', progress: 0.5 } }),
    makeModel({ name: 'Broken', status: { state: 'failed', code: 'internal', message: 'no' } }),
  ];
  const names = (filter: string): string[] => toSwitchRows(models, filter).map(({ facts }) => facts.name);

  test('are what is loading, then the default, at most two', () => {
    expect(names('')).toEqual(['Coming', 'Main']);
  });

  test('are every match of a filter, broken ones last, loaded ones never', () => {
    expect(names('a')).toEqual(['Coming', 'Main', 'Alpha', 'Beta', 'Broken']);
    expect(names('ALPH')).toEqual(['Alpha']);
    expect(names('loaded')).toEqual([]);
  });
});

describe('the library', () => {
  const models = [
    makeModel({ name: 'Zeta' }),
    makeModel({ name: 'Gemma-3', facts: { architecture: 'gemma3' } }),
    makeModel({ name: 'Qwen3', status: makeLoadedState() }),
    makeModel({ name: 'Bad', status: { state: 'failed', code: 'internal', message: 'no' } }),
  ];

  test('groups by state in a fixed order, by name inside', () => {
    const groups = groupModels(models).map((group) => [group.title, ...group.models.map(({ facts }) => facts.name)]);
    expect(groups).toEqual([
      ['In memory', 'Qwen3'],
      ['On disk', 'Gemma-3', 'Zeta'],
      ['Needs attention', 'Bad'],
    ]);
  });

  test('filters by name, id, architecture, quantization and alias', () => {
    const found = (filter: string): string[] => filterModels(models, filter).map(({ facts }) => facts.name);
    expect(found('gemma3')).toEqual(['Gemma-3']);
    expect(found(' qwen3.Q4_K ')).toEqual(['Qwen3']);
    expect(found('example/zeta')).toEqual(['Zeta']);
    expect(found('llava')).toEqual([]);
  });
});

describe('log lines', () => {
  const entry = (change: Partial<LogEntry> = {}): LogEntry => ({
    time: '2026-11-21T11:42:07.318Z',
    level: 'info',
    room: 'api',
    message: 'request',
    ...change,
  });

  test('are numbered on and dropped from the front when there are too many', () => {
    const many = appendLines(
      [],
      Array.from({ length: keptLines }, () => entry()),
    );
    const more = appendLines(many, [entry({ message: 'newest' })]);
    expect(more).toHaveLength(keptLines);
    expect([more[0]?.number, more.at(-1)?.number, more.at(-1)?.entry.message]).toEqual([2, keptLines + 1, 'newest']);
  });

  test('pass by level and by words in message, room, request id and fields', () => {
    const lines = appendLines(
      [],
      [entry({ level: 'debug' }), entry({ level: 'warn', requestId: 'req_7' }), entry({ fields: { model: 'Smol' } })],
    );
    const numbers = (level: 'all' | 'warn', text: string): number[] =>
      filterLines(lines, { level, text }).map((line) => line.number);
    expect(numbers('all', '')).toEqual([1, 2, 3]);
    expect(numbers('warn', '')).toEqual([2]);
    expect(numbers('all', 'REQ_7')).toEqual([2]);
    expect(numbers('all', 'smol')).toEqual([3]);
  });

  test('say what was asked and how it ended', () => {
    const request = entry({
      requestId: 'req_7',
      fields: { method: 'GET', path: '/health', status: 200, durationMs: 3 },
    });
    expect(toRowText(request)).toBe('GET /health 200');
    expect(toFieldText(request)).toBe('durationMs 3 · req_7');
    expect(toPlainText(appendLines([], [request]))).toBe(
      '2026-11-21T11:42:07.318Z info api req_7 request {"method":"GET","path":"/health","status":200,"durationMs":3}',
    );
  });
});

describe('settings', () => {
  test('every setting has exactly one row', () => {
    const keys = settingSections.flatMap((section) => section.rows.map((row) => row.key));
    // Normalisers are switched where what they mend is shown.
    const settings = Object.keys(defaultSettings).filter((key) => !['version', 'promptNormalizers'].includes(key));
    expect(keys.toSorted()).toEqual(settings.toSorted());
  });

  test('defaults are said in the words of their control', () => {
    const texts = Object.fromEntries(
      settingSections.flatMap((section) => section.rows.map((row) => [row.key, toDefaultText(row)])),
    );
    expect(texts).toMatchObject({
      theme: 'System',
      idleUnloadMinutes: '30 minutes',
      strict: 'off',
      threads: 'automatic',
      defaultModel: 'none',
      allowedOrigins: 'none',
      port: '11535',
    });
  });

  test('a change is seen in lists too', () => {
    expect(isChanged(defaultSettings, 'allowedOrigins')).toBe(false);
    expect(isChanged({ ...defaultSettings, allowedOrigins: ['https://a.example'] }, 'allowedOrigins')).toBe(true);
  });

  test('a search shows rows of all sections under their names', () => {
    const found = searchSettings(settingSections, 'unload').map((section) => [
      section.title,
      ...section.rows.map((row) => row.key),
    ]);
    expect(found).toEqual([['Models and memory', 'idleUnloadMinutes']]);
    expect(searchSettings(settingSections, 'proxy')).toEqual([]);
  });
});
