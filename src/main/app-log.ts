import { createLogger, openLogFile, type LogFeed, type Logger } from './base/index.ts';

export interface AppLog {
  logger: Logger;
  feed: LogFeed;
  close(): Promise<void>;
}

/** The log of this run: one file a day in the folder, and a feed for the window. */
export function openAppLog({ folder, level }: { folder: string; level: string }): AppLog {
  const file = openLogFile(folder, (error) => process.stderr.write(`The log cannot be written: ${error.message}\n`));
  const { logger, feed } = createLogger({ level, write: (line) => file.write(line) });
  return { logger, feed, close: () => file.close() };
}
