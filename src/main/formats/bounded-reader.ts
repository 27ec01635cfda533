import { AppError } from '#shared/errors/app-error.ts';
import type { ByteSource } from './byte-source.ts';
import { invalidModelFile } from './format-problem.ts';

export interface StringLimit {
  maximumBytes: number;
  /** Names the texts in the error. */
  what: string;
}

/** The bytes of one text lie in `buffer` from `start` to `end`, until it returns. */
export type StringVisitor = (buffer: Buffer, start: number, end: number) => void;

const windowBytes = 128 * 1024;
/** No real header comes near; what is larger is hostile or broken. */
const maximumHeaderBytes = 128 * 1024 * 1024;

/**
 * Reads little-endian numbers and texts in order. Every length is compared with the file's size and with a cap before
 * anything is allocated or skipped; memory stays at one window of 128 KiB beside the texts that the caller keeps.
 * Throws `model-file-invalid` (`truncated`, `header-size`, or the caller's own problem) and `cancelled`.
 */
export class BoundedReader {
  readonly #source: ByteSource;
  readonly #signal: AbortSignal | undefined;
  readonly #window: Buffer;
  #windowStart = 0;
  #windowLength = 0;
  /** Offset in the file of the next byte to be read. */
  position = 0;

  constructor(source: ByteSource, signal?: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
    this.#window = Buffer.allocUnsafe(Math.min(windowBytes, Math.max(1, source.size)));
  }

  get remaining(): number {
    return this.#source.size - this.position;
  }

  async readUint8(): Promise<number> {
    return this.#window.readUInt8(await this.#take(1));
  }

  async readUint32(): Promise<number> {
    return this.#window.readUInt32LE(await this.#take(4));
  }

  /** Exact up to 2^53; above that near enough to fail every bound. */
  async readUint64(): Promise<number> {
    return toUint64(this.#window, await this.#take(8));
  }

  /** A view on `byteCount` (at most 8) bytes, valid until the next read. */
  async readBytes(byteCount: number): Promise<Buffer> {
    const start = await this.#take(byteCount);
    return this.#window.subarray(start, start + byteCount);
  }

  /** A text with its length before it, in UTF-8. `what` names it in the error when it is longer than `maximumBytes`. */
  async readString(maximumBytes: number, what: string): Promise<string> {
    const byteCount = await this.readUint64();
    this.#checkLength(byteCount, maximumBytes, what);
    if (byteCount <= this.#window.length) {
      const start = await this.#take(byteCount);
      return this.#window.toString('utf8', start, start + byteCount);
    }
    return (await this.readLongBytes(byteCount)).toString('utf8');
  }

  /** The next `byteCount` bytes as a buffer of their own; the caller has bounded their number. */
  async readLongBytes(byteCount: number): Promise<Buffer> {
    if (byteCount > this.remaining) throw this.#truncated();
    const bytes = Buffer.allocUnsafe(byteCount);
    const filled = await this.#source.read(bytes, this.position);
    if (filled < byteCount) throw this.#truncated();
    this.skip(byteCount);
    return bytes;
  }

  /** Moves over `byteCount` bytes without reading them. */
  skip(byteCount: number): void {
    if (byteCount > this.remaining) throw this.#truncated();
    this.position += byteCount;
    this.#checkHeaderSize();
  }

  /** Moves over `count` texts without building them. */
  async skipStrings(count: number, maximumBytes: number, what: string): Promise<void> {
    let left = count;
    while (left > 0) {
      await this.#require(8);
      left -= this.#skipBufferedStrings(left, maximumBytes, what);
    }
  }

  /** Shows `count` texts one after the other as bytes of a buffer that is reused; none is built. */
  async visitStrings(count: number, limit: StringLimit, visit: StringVisitor): Promise<void> {
    const maximumBytes = Math.min(limit.maximumBytes, this.#window.length);
    for (let left = count; left > 0; left--) {
      const byteCount = this.#peekUint64() ?? (await this.#peekUint64AfterReading());
      this.position += 8;
      this.#checkLength(byteCount, maximumBytes, limit.what);
      if (!this.#isBuffered(byteCount)) await this.#require(byteCount);
      const start = this.position - this.#windowStart;
      visit(this.#window, start, start + byteCount);
      this.position += byteCount;
    }
    this.#checkHeaderSize();
  }

  #peekUint64(): number | undefined {
    return this.#isBuffered(8) ? toUint64(this.#window, this.position - this.#windowStart) : undefined;
  }

  async #peekUint64AfterReading(): Promise<number> {
    await this.#require(8);
    return toUint64(this.#window, this.position - this.#windowStart);
  }

  #isBuffered(byteCount: number): boolean {
    const start = this.position - this.#windowStart;
    return start >= 0 && start + byteCount <= this.#windowLength;
  }

  /** Skips texts whose length field lies in the window; returns how many. */
  #skipBufferedStrings(count: number, maximumBytes: number, what: string): number {
    const last = this.#windowStart + this.#windowLength - 8;
    let skipped = 0;
    while (skipped < count && this.position <= last) {
      const byteCount = toUint64(this.#window, this.position - this.#windowStart);
      this.position += 8;
      this.#checkLength(byteCount, maximumBytes, what);
      this.position += byteCount;
      skipped += 1;
    }
    this.#checkHeaderSize();
    return skipped;
  }

  #checkLength(byteCount: number, maximumBytes: number, what: string): void {
    if (byteCount > maximumBytes) {
      throw invalidModelFile({
        file: this.#source.file,
        problem: 'length',
        detail: `${what} claims a length of ${byteCount} bytes; at most ${maximumBytes} are allowed.`,
      });
    }
    if (byteCount > this.remaining) throw this.#truncated();
  }

  #checkHeaderSize(): void {
    if (this.position <= maximumHeaderBytes) return;
    throw invalidModelFile({
      file: this.#source.file,
      problem: 'header-size',
      detail: `Its header is longer than ${maximumHeaderBytes} bytes.`,
    });
  }

  /** Makes `byteCount` bytes available, steps over them and returns where they start in the window. */
  async #take(byteCount: number): Promise<number> {
    await this.#require(byteCount);
    const start = this.position - this.#windowStart;
    this.position += byteCount;
    return start;
  }

  async #require(byteCount: number): Promise<void> {
    if (byteCount > this.remaining) throw this.#truncated();
    if (this.#isBuffered(byteCount)) return;
    this.#checkHeaderSize();
    if (this.#signal?.aborted) throw new AppError('cancelled', 'Reading the model file was cancelled.');
    this.#windowStart = this.position;
    this.#windowLength = await this.#source.read(this.#window, this.position);
    if (this.#windowLength < byteCount) throw this.#truncated();
  }

  #truncated(): AppError {
    return invalidModelFile({
      file: this.#source.file,
      problem: 'truncated',
      detail: `It ends after ${this.#source.size} bytes, in the middle of its header.`,
      hint: 'The download was probably interrupted: download the file again.',
    });
  }
}

function toUint64(buffer: Buffer, offset: number): number {
  return buffer.readUInt32LE(offset + 4) * 2 ** 32 + buffer.readUInt32LE(offset);
}
