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

/**
 * True when the system most likely ended the load for want of memory: the engine said so, or its process was killed
 * and not by us (then the data holds our `reason`).
 */
export function isOutOfMemory(error: unknown): boolean {
  if (!isAppError(error)) return false;
  if (error.code === 'memory-insufficient') return true;
  const { stage, signal, reason } = error.data ?? {};
  return error.code === 'engine-crashed' && stage === 'load' && signal === 'SIGKILL' && reason === undefined;
}
