import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, isAppError } from '#shared/errors/app-error.ts';
import { toFileError } from '../../../storage/index.ts';
import { invalidParameter } from '../../validate.ts';

/** Larger than any model file there is. */
const mostBytes = 2 ** 41;

/** Files on their way to become models, each named by the sha256 of its content. */
export class BlobStore {
  readonly #folder: string;

  /** The folder is made with the first blob. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Path of a blob; undefined when there is none. Errors: `invalid-request` for what is no digest. */
  async find(digest: string): Promise<string | undefined> {
    const file = this.#fileOf(requireHex(digest));
    const status = await stat(file).catch(() => undefined);
    return status?.isFile() ? file : undefined;
  }

  /**
   * Keeps what the stream gives under its digest; false when it was there already. Errors: `checksum-mismatch` when the
   * content has another digest, `body-too-large`, `disk-full`; nothing is kept then.
   */
  async add(digest: string, content: Readable): Promise<boolean> {
    const hex = requireHex(digest);
    if ((await this.find(digest)) !== undefined) {
      content.resume();
      return false;
    }
    const partial = path.join(this.#folder, `${randomUUID()}.part`);
    try {
      await mkdir(this.#folder, { recursive: true });
      const found = await write(content, partial);
      if (found !== hex) throw mismatch(hex, found);
      await rename(partial, this.#fileOf(hex));
      return true;
    } catch (error) {
      await rm(partial, { force: true });
      throw isAppError(error) ? error : toFileError(error, { file: partial, action: 'written' });
    }
  }

  #fileOf(hex: string): string {
    return path.join(this.#folder, `sha256-${hex}`);
  }
}

/** Answers the sha256 of what was written. */
async function write(content: Readable, file: string): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  const digest = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      if (bytes <= mostBytes) return done(null, chunk);
      done(new AppError('body-too-large', `A blob may have ${mostBytes} bytes.`));
    },
  });
  await pipeline(content, digest, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  return hash.digest('hex');
}

/** The 64 digits of `sha256:…` or `sha256-…`. */
function requireHex(digest: string): string {
  const hex = /^sha256[:-]([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw invalidParameter('digest', 'expected "sha256:" and 64 hexadecimal digits');
  return hex;
}

function mismatch(expected: string, found: string): AppError {
  return new AppError('checksum-mismatch', `digest mismatch, expected "sha256:${expected}", got "sha256:${found}"`, {
    hint: 'Send the file again.',
    data: { expected, found },
  });
}
