import { AppError } from '#shared/errors/app-error.ts';

/** The library failed at something it should not fail at. */
export function createStepError(cause: unknown): AppError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new AppError('engine-crashed', `The engine could not compute a step: ${message}`, {
    hint: 'Send the request again; if it fails again, unload the model and load it anew.',
    cause,
  });
}

/** A step did not come back in time. */
export function createStallError(limitMs: number): AppError {
  return new AppError('engine-stalled', `The engine made no progress for ${Math.round(limitMs / 1000)} s.`, {
    hint: 'Unload the model and load it again, with fewer threads if the machine is busy.',
    data: { limitMs },
  });
}

export interface OverflowFacts {
  promptTokens: number;
  /** Tokens of each part, where the prompt was put together from named parts. */
  parts?: object | undefined;
  /** Null: as many as the context holds. */
  maxTokens: number | null;
  /** Tokens that one request can have now. */
  contextSize: number;
  /** What it could have if more memory were free. Default: no more. */
  grownContextSize?: number | undefined;
}

/** The prompt has no room, with everything that would have to change. */
export function createOverflow({
  contextSize,
  grownContextSize = contextSize,
  parts,
  ...request
}: OverflowFacts): AppError {
  const { promptTokens } = request;
  const holds = `The prompt has ${promptTokens} tokens; the model's context holds ${contextSize}, its answer included`;
  const isShortOfMemory = promptTokens < grownContextSize && grownContextSize > contextSize;
  return new AppError(
    'context-overflow',
    isShortOfMemory
      ? `${holds}: the memory that is free now allows no more, the model ${grownContextSize}.`
      : `${holds}.`,
    {
      hint: isShortOfMemory
        ? 'Close other programs or unload other models, or shorten the prompt.'
        : 'Shorten the prompt, or load the model with a larger context (--ctx).',
      data: { ...request, contextSize, ...parts, ...(grownContextSize > contextSize ? { grownContextSize } : {}) },
    },
  );
}
