import { isAppError } from '#shared/errors/app-error.ts';

/**
 * When an engine's process died: before it took a request, while it loaded, or after. It is the field `stage` in the
 * data of an `engine-crashed` error.
 */
export type DeathStage = 'start' | 'load' | 'run';

/** True when the engine's process never took a request: the host is to blame, not the model. */
export function isFailedStart(error: unknown): boolean {
  const stage: DeathStage = 'start';
  return isAppError(error) && error.code === 'engine-crashed' && error.data?.['stage'] === stage;
}
