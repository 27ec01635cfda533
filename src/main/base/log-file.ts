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

/** Lines that come faster than this are written together, in ms. */
const burstMs = 100;

/**
 * Never throws: a log that cannot be written must not stop the app. `onError` hears of it once per file. A line after a
 * quiet moment is written at once; in a burst, a write for each would cost a tenth of the work of a short request.
 */
export function openLogFile(folder: string, onError: (error: Error) => void): LogFile {
  const days = new DailyStream(folder, onError);
  let held = '';
  let burst: NodeJS.Timeout | undefined;
  const writeHeld = (): void => {
    burst = undefined;
    if (held === '') return;
    days.write(held);
    held = '';
    burst = setTimeout(writeHeld, burstMs).unref();
  };
  return {
    write(line) {
      held += line;
      if (!burst) writeHeld();
    },
    close() {
      clearTimeout(burst);
      if (held !== '') days.write(held);
      held = '';
      return days.close();
    },
  };
}

/** Appends to the file of the day. */
class DailyStream {
  readonly #folder: string;
  readonly #onError: (error: Error) => void;
  #day = '';
  #stream: WriteStream | undefined;

  constructor(folder: string, onError: (error: Error) => void) {
    this.#folder = folder;
    this.#onError = onError;
  }

  write(lines: string): void {
    const today = new Date().toISOString().slice(0, 10);
    const stream = this.#stream && today === this.#day ? this.#stream : this.#rotate(today);
    if (!stream.destroyed) stream.write(lines);
  }

  close(): Promise<void> {
    const stream = this.#stream;
    return new Promise((resolve) => {
      if (!stream || stream.destroyed) resolve();
      else stream.end(resolve);
    });
  }

  #rotate(today: string): WriteStream {
    this.#stream?.end();
    this.#day = today;
    const stream = createWriteStream(path.join(this.#folder, `impetus-${today}.log`), { flags: 'a', mode: 0o600 });
    stream.once('error', this.#onError);
    void removeOldLogs(this.#folder, today).catch(this.#onError);
    this.#stream = stream;
    return stream;
  }
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
