import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLogger } from '#main/base/index.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('each line tells the time to the millisecond', () => {
  const lines: string[] = [];
  const { logger } = createLogger({ level: 'info', write: (line) => lines.push(line) });
  for (const time of ['2026-01-02T03:04:05.006Z', '2026-01-02T03:04:05.999Z', '2026-01-02T03:04:06.000Z']) {
    vi.setSystemTime(new Date(time));
    logger.info({ room: 'app' }, 'said');
  }
  expect(lines).toEqual([
    '{"level":"info","time":"2026-01-02T03:04:05.006Z","room":"app","msg":"said"}\n',
    '{"level":"info","time":"2026-01-02T03:04:05.999Z","room":"app","msg":"said"}\n',
    '{"level":"info","time":"2026-01-02T03:04:06.000Z","room":"app","msg":"said"}\n',
  ]);
});

test('the newest thousand lines are kept, the newest last', () => {
  const { logger, feed } = createLogger({ level: 'info', write: () => undefined });
  for (let line = 0; line < 1500; line++) logger.info(`line ${line}`);
  expect(feed.recent(3).map(({ message }) => message)).toEqual(['line 1497', 'line 1498', 'line 1499']);
  expect(feed.recent(5000).map(({ message }) => message)[0]).toBe('line 500');
  expect(feed.recent(5000)).toHaveLength(1000);
});
