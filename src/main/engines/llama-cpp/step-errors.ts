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
