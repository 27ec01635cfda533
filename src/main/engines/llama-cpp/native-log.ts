import { setTimeout } from 'node:timers/promises';
import type { Logger } from '../../base/index.ts';

const keptLines = 200;
/** Far more than a line needs from a native thread to the event loop. */
const settleMs = 30;
const bytesPerMebibyte = 1024 * 1024;

export type NativeLevel = 'error' | 'warn' | 'info' | 'debug';

/**
 * What the library prints while it works: its exceptions say only "Failed to load model", the reason is in its log.
 * Keeps the last lines for error messages, adds up the buffers of the context it makes, and passes warnings and errors
 * on to the application's log.
 */
export class NativeLog {
  readonly #logger: Logger | undefined;
  #lines: string[] = [];
  #total = 0;
  #bufferBytes = 0;
  #flashAttention = true;

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  write(level: NativeLevel, message: string): void {
    const text = message.trim();
    if (text === '') return;
    if (level === 'debug' || level === 'info') return this.#readFacts(text);
    this.#logger?.[level]({ room: 'engines', native: true }, text);
    this.#lines.push(text);
    this.#total++;
    if (this.#lines.length > keptLines) this.#lines = this.#lines.slice(-keptLines);
  }

  /** A point in time, for `settledSince`; the count of buffers begins anew. */
  mark(): number {
    this.#bufferBytes = 0;
    this.#flashAttention = true;
    return this.#total;
  }

  /** What the library decided for the contexts made since the last mark. */
  get flashAttention(): boolean {
    return this.#flashAttention;
  }

  /** Bytes of key/value state, computation and outputs that contexts took since the last mark. */
  async settledContextBytes(): Promise<number> {
    await setTimeout(settleMs);
    return this.#bufferBytes;
  }

  /** The warnings and errors after a point in time, oldest first, once those still on their way have come. */
  async settledSince(mark: number): Promise<string[]> {
    await setTimeout(settleMs);
    const count = Math.min(this.#total - mark, this.#lines.length);
    return count <= 0 ? [] : this.#lines.slice(-count);
  }

  #readFacts(text: string): void {
    if (/flash attention.*disabled/i.test(text)) this.#flashAttention = false;
    const size = /\b(?:KV|RS|compute|output) +buffer size *= *([\d.]+) MiB/.exec(text)?.[1];
    if (size !== undefined) this.#bufferBytes += Number(size) * bytesPerMebibyte;
  }
}
