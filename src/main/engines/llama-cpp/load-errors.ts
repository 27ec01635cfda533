import { AppError, isAppError } from '#shared/errors/app-error.ts';

export interface LoadFailure {
  thrown: unknown;
  modelId: string;
  /** The library's log lines of this load. */
  log: string[];
  isAborted: boolean;
}

/** A failed load as the error the user sees: the library's own words say too little without its log. */
export function toLoadError({ thrown, modelId, log, isAborted }: LoadFailure): AppError {
  if (isAborted) return new AppError('cancelled', `Loading ${modelId} was cancelled.`, { cause: thrown });
  if (isAppError(thrown)) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  if (isMemoryShortage(thrown, log)) {
    return new AppError('memory-insufficient', `There is not enough memory to load ${modelId}: ${reason}`, {
      hint: 'Choose a smaller context (--ctx), fewer slots (--slots) or a smaller model.',
      data: { log },
      cause: thrown,
    });
  }
  return new AppError('model-load-failed', `${modelId} could not be loaded: ${findCause(log) ?? reason}`, {
    hint: 'The file may be damaged or of a kind this version does not know; download it again or try another one.',
    data: { log },
    cause: thrown,
  });
}

/** The line that says why; the ones after it only repeat that it failed. */
function findCause(log: readonly string[]): string | undefined {
  for (const line of log.toReversed()) {
    const cause = /error loading model: (.+)/.exec(line)?.[1];
    if (cause !== undefined) return cause;
  }
  return undefined;
}

function isMemoryShortage(thrown: unknown, log: readonly string[]): boolean {
  if (thrown instanceof Error && thrown.constructor.name === 'InsufficientMemoryError') return true;
  return log.some((line) => /failed to allocate|out of memory|unable to allocate/i.test(line));
}
