import { AppError } from '#shared/errors/app-error.ts';
import type { DeathStage } from '../../engine-port/index.ts';

export interface Death {
  modelId: string;
  stage: DeathStage;
  code: number | null;
  signal: string | null;
  stderrTail: string;
  /** Why we ended it, or what it said before it ended. */
  reason?: string | undefined;
}

const hints: Record<DeathStage, string> = {
  start: 'Set "enginePlacement" to "main" to run models inside Impetus itself.',
  load: 'Download the file again: it may be damaged or of a kind this engine cannot read.',
  run: 'Send the request again: the engine starts anew.',
};

const actions: Record<DeathStage, string> = {
  start: 'starting the engine for',
  load: 'loading',
  run: 'running',
};

/** `engine-crashed` with the model, the stage, how the process ended and the last thing it wrote. */
export function describeDeath({ modelId, stage, code, signal, stderrTail, reason }: Death): AppError {
  const how = signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
  const lastLine = stderrTail.trimEnd().split('\n').at(-1)?.trim();
  const because = reason === undefined ? '' : `, because ${reason}`;
  const said = lastLine && reason === undefined ? ` It last wrote: ${lastLine}` : '';
  return new AppError('engine-crashed', `The process ${actions[stage]} ${modelId} ended (${how})${because}.${said}`, {
    hint: hints[stage],
    data: { model: modelId, stage, exitCode: code, signal, ...(reason === undefined ? {} : { reason }) },
    cause: stderrTail === '' ? undefined : new Error(stderrTail),
  });
}
