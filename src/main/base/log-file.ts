import { createWriteStream, type WriteStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

const maxAgeDays = 7;
const maxTotalBytes = 10 * 1024 ** 3;
const namePattern = /^impetus-(\d{4}-\d{2}-\d{2})\.log$/;

/** One log file a day in the logs folder; files older than 7 days, or beyond 10 GB in all, are removed. */
export interface LogFile {
  write(line: string): void;
  /** Resolves when everything written is on disk. */
  close(): Promise<void>;
}

/** Never throws: a log that cannot be written must not stop the app. `onError` hears of it once per file. */
export function openLogFile(folder: string, onError: (error: Error) => void): LogFile {
  let day = '';
  let stream: WriteStream | undefined;
  const rotate = (today: string): WriteStream => {
    stream?.end();
    day = today;
    stream = createWriteStream(path.join(folder, `impetus-${today}.log`), { flags: 'a', mode: 0o600 });
    stream.once('error', onError);
    void removeOldLogs(folder, today).catch(onError);
    return stream;
  };
  return {
    write(line) {
      const today = new Date().toISOString().slice(0, 10);
      const current = stream && today === day ? stream : rotate(today);
      if (!current.destroyed) current.write(line);
    },
    close: () =>
      new Promise((resolve) => {
        if (!stream || stream.destroyed) resolve();
        else stream.end(resolve);
      }),
  };
}

async function removeOldLogs(folder: string, today: string): Promise<void> {
  const oldest = new Date(Date.parse(today) - maxAgeDays * 86_400_000).toISOString().slice(0, 10);
  const days = (await readdir(folder)).flatMap((name) => namePattern.exec(name)?.[1] ?? []).sort();
  let totalBytes = 0;
  for (const logDay of days.reverse()) {
    const file = path.join(folder, `impetus-${logDay}.log`);
    totalBytes += (await stat(file)).size;
    const isTooMuch = logDay < oldest || totalBytes > maxTotalBytes;
    if (isTooMuch && logDay !== today) await rm(file, { force: true });
  }
}
