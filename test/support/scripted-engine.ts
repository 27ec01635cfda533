import type { EnginePlacement, ModelRecord } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { ErrorCode } from '#shared/errors/error-codes.ts';
import type { Engine, EngineInstance, GenerationTask, LoadObserver, LoadRequest } from '#main/engine-port/index.ts';
import { ScriptedInstance } from './scripted/scripted-instance.ts';

export interface ScriptedEngineOptions {
  id?: string;
  placement?: EnginePlacement;
  /** Answers by the whole text of the last user message; they go before the built-in rules of `script.ts`. */
  answers?: Record<string, string>;
  /** What is done in place of the last user message, in the words of `script.ts`; undefined: that message. */
  commandFor?: (task: GenerationTask, modelId: string) => string | undefined;
  /** Data of the errors that a script asks for before `start`. */
  failureData?: Record<string, unknown>;
  /** False: it refuses to score documents. Default: true. */
  isRanker?: boolean;
  /** Pause between steps. 0 (the default) takes one turn of the event loop; `manual` waits for `step()`. */
  msPerToken?: number | 'manual';
  /** How long a load takes; default 0. Progress is reported in quarters. */
  loadMs?: number;
  /** Called in place of the simulated death, for example to kill the process that runs the engine. */
  onCrash?: () => void;
  /** Called for `freeze`; default: the stream hangs. */
  onFreeze?: () => void;
}

/** A fault of the next load: an error, the death of the engine, or a load that never ends. */
export type LoadFault = { kind: 'fail'; code: ErrorCode; message?: string } | { kind: 'crash' } | { kind: 'hang' };

export interface ScriptedEngine extends Engine {
  /** Every instance loaded so far, disposed ones too. */
  readonly instances: readonly ScriptedInstance[];
  /** Faults of the loads to come, first one first; then loads work again. */
  readonly loadFaults: LoadFault[];
  /** With `msPerToken: 'manual'`: lets every instance take that many steps. */
  step(count?: number): Promise<void>;
}

/**
 * An engine without weights that obeys the whole engine port: slots, waiting requests, prefix reuse, stop texts, context
 * limits, cancellation, crashes. What it says depends on the prompt alone (`scripted/script.ts`).
 */
export function createScriptedEngine(options: ScriptedEngineOptions = {}): ScriptedEngine {
  const instances: ScriptedInstance[] = [];
  const loadFaults: LoadFault[] = [];
  return {
    id: options.id ?? 'scripted',
    instances,
    loadFaults,
    canLoad: () => ({ canLoad: true }),
    async load(request: LoadRequest, observer: LoadObserver): Promise<EngineInstance> {
      if (observer.signal.aborted) throw new AppError('cancelled', 'The load was cancelled.');
      const fault = loadFaults.shift();
      if (fault) await failLoad(request.model, observer, { fault, onCrash: options.onCrash });
      for (const progress of [0.25, 0.5, 0.75, 1]) {
        await pause((options.loadMs ?? 0) / 4, observer.signal);
        observer.onProgress(progress);
      }
      const instance = new ScriptedInstance(request, options);
      instances.push(instance);
      return instance;
    },
    async step(count = 1) {
      await settle();
      for (let step = 0; step < count; step++) {
        for (const instance of instances) instance.permitStep();
        await settle();
      }
    },
  };
}

async function failLoad(
  model: ModelRecord,
  observer: LoadObserver,
  { fault, onCrash }: { fault: LoadFault; onCrash: (() => void) | undefined },
): Promise<void> {
  switch (fault.kind) {
    case 'fail':
      throw new AppError(fault.code, fault.message ?? `The load of ${model.id} failed as scripted.`);
    case 'crash':
      onCrash?.();
      throw new AppError('engine-crashed', `The engine died while loading ${model.id}, as scripted.`);
    case 'hang':
      await pause(2 ** 30, observer.signal);
      return;
    default:
      fault satisfies never;
  }
}

/** Rejects with `cancelled` on abort. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(new AppError('cancelled', 'The load was cancelled.'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** A few turns of the event loop, so that everything a step set off has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}
