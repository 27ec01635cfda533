import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { AppError } from '#shared/errors/app-error.ts';

const chunkBytes = 1024 * 1024;

/**
 * sha256 over the bytes of all files of a model in order, in hex. Reads everything (about a second per gigabyte) in
 * pieces of 1 MiB, so that other work goes on in between. Errors: `model-file-invalid`, `cancelled`.
 */
export async function digestFiles(files: readonly string[], signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    try {
      for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes })) {
        if (signal?.aborted) throw new AppError('cancelled', 'Reading the model file was cancelled.');
        hash.update(chunk as Buffer);
      }
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw new AppError('model-file-invalid', `${file} could not be read to the end.`, {
        hint: 'Check that the disk is connected and healthy.',
        data: { path: file, problem: 'unreadable' },
        cause: error,
      });
    }
  }
  return hash.digest('hex');
}
