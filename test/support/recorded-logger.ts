import { createLogger, type Logger } from '#main/base/index.ts';

/** The real logger, writing into a list: for tests that check what the log says, and for those that do not care. */
export function createRecordedLogger(): { logger: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const { logger } = createLogger({
    level: 'debug',
    write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  return { logger, lines };
}
