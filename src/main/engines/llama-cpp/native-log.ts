import { setTimeout } from 'node:timers/promises';
import type { Logger } from '../../base/index.ts';

const keptLines = 200;
/** Far more than a line needs from a native thread to the event loop. */
const settleMs = 30;

export type NativeLevel = 'error' | 'warn' | 'info' | 'debug';

/**
 * What the library prints while it works: its exceptions say only "Failed to load model", the reason is in its log.
 * Keeps the last lines for error messages and passes everything on to the application's log.
 */
export class NativeLog {
  readonly #logger: Logger | undefined;
  #lines: string[] = [];
  #total = 0;

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  write(level: NativeLevel, message: string): void {
    const text = message.trim();
    if (text === '') return;
    this.#logger?.[level]({ room: 'engines', native: true }, text);
    if (level === 'debug' || level === 'info') return;
    this.#lines.push(text);
    this.#total++;
    if (this.#lines.length > keptLines) this.#lines = this.#lines.slice(-keptLines);
  }

  /** A point in time, for `since`. */
  mark(): number {
    return this.#total;
  }

  /** The warnings and errors after a point in time, oldest first. */
  since(mark: number): string[] {
    const count = Math.min(this.#total - mark, this.#lines.length);
    return count <= 0 ? [] : this.#lines.slice(-count);
  }

  /** Like `since`, after the lines that are still on their way from the library's threads have come. */
  async settledSince(mark: number): Promise<string[]> {
    await setTimeout(settleMs);
    return this.since(mark);
  }
}
