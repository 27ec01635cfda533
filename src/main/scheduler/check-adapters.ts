import type { LoadOptions, ModelRecord } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { inspectAdapterFile } from '../formats/index.ts';

/** Adapters are judged by our own reader before a library sees them. Errors: those of the pre-check, `model-load-failed`. */
export async function checkAdapters({ id, facts }: ModelRecord, { adapters = [] }: LoadOptions): Promise<void> {
  for (const { path } of adapters) {
    const { architecture } = await inspectAdapterFile(path);
    if (architecture === facts.architecture) continue;
    throw new AppError(
      'model-load-failed',
      `The adapter ${path} was made for ${architecture}; ${id} is ${facts.architecture}.`,
      {
        hint: 'Choose an adapter that was made for this very model, or take it out of the load options.',
        data: { path, architecture, expected: facts.architecture },
      },
    );
  }
}
