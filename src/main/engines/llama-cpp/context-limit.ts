import type { ModelRecord } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { ResolvedLoadOptions } from '../../engine-port/index.ts';

/** The library weighs sizes of this order itself, in a second; beyond it searches for minutes and cannot be stopped. */
const absurdShare = 8;
/** Lower than any real model's, for files whose header does not tell. */
const fallbackBytesPerToken = 1024;

export interface ContextRequest {
  model: Pick<ModelRecord, 'id' | 'facts'>;
  options: Pick<ResolvedLoadOptions, 'contextSize' | 'slots' | 'start'>;
  /** Memory of the machine. */
  totalBytes: number;
}

/** Refuses contexts that no memory of this machine's order could hold. Errors: `memory-insufficient`. */
export function requirePlausibleContext({ model, options, totalBytes }: ContextRequest): void {
  const { contextSize, sequences: slots } = options.start ?? {
    contextSize: options.contextSize,
    sequences: options.slots,
  };
  const neededBytes = (model.facts.kvBytesPerToken ?? fallbackBytesPerToken) * contextSize * slots;
  if (neededBytes <= totalBytes * absurdShare) return;
  throw new AppError(
    'memory-insufficient',
    `A context of ${contextSize} tokens for ${slots} sequences of ${model.id} takes ${toGigabytes(neededBytes)} GB; ` +
      `the machine has ${toGigabytes(totalBytes)} GB.`,
    { hint: 'Choose a smaller context (--ctx) or fewer slots (--slots).', data: { neededBytes, totalBytes } },
  );
}

function toGigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
