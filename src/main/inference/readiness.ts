import { defaultSampling } from '#shared/domain/generation.ts';
import type { ModelState } from '#shared/domain/model.ts';
import type { EngineInstance, GenerationTask } from '../engine-port/index.ts';
import type { ModelScheduler } from './ports.ts';
import type { ServicePhase } from './service-state.ts';

/** Whether a request sent now would be answered by a model that is already in memory. */
export type Readiness =
  | { isReady: true; model: string; sinceLastSuccessMs: number }
  | { isReady: false; reason: 'no-model-loaded' | 'loading' | 'paused' | 'stopping' | 'not-answering' };

export interface ReadinessOptions {
  scheduler: Pick<ModelScheduler, 'states' | 'peek'>;
  phase: () => ServicePhase;
  /** Milliseconds since a model last produced something. */
  sinceLastSuccessMs: () => number | undefined;
}

const freshMs = 60_000;
const probeTimeoutMs = 5_000;

const probeTask: GenerationTask = {
  prompt: { type: 'text', text: 'a' },
  sampling: { ...defaultSampling, temperature: 0 },
  maxTokens: 1,
  program: { stops: [], ignoreEndOfGeneration: true },
};

/**
 * Reports the last real success. Only when a model is in memory and nothing succeeded for a minute, one token is
 * asked of it; a model is never loaded for this and its keep-alive is not touched. Callers share one probe.
 */
export function createReadiness({ scheduler, phase, sinceLastSuccessMs }: ReadinessOptions): () => Promise<Readiness> {
  let probing: Promise<boolean> | undefined;
  const probe = (instance: EngineInstance): Promise<boolean> => {
    probing ??= answersOneToken(instance).finally(() => (probing = undefined));
    return probing;
  };
  return async () => {
    const servicePhase = phase();
    if (servicePhase !== 'open') return { isReady: false, reason: servicePhase };
    const states = scheduler.states();
    const model = findLoaded(states);
    if (model === undefined) return { isReady: false, reason: isLoading(states) ? 'loading' : 'no-model-loaded' };
    const since = sinceLastSuccessMs();
    if (since !== undefined && since < freshMs) return { isReady: true, model, sinceLastSuccessMs: since };
    const instance = scheduler.peek(model);
    if (!instance) return { isReady: false, reason: 'no-model-loaded' };
    const isAnswering = await probe(instance);
    return isAnswering ? { isReady: true, model, sinceLastSuccessMs: 0 } : { isReady: false, reason: 'not-answering' };
  };
}

async function answersOneToken(instance: EngineInstance): Promise<boolean> {
  try {
    for await (const event of instance.generate(probeTask, AbortSignal.timeout(probeTimeoutMs))) {
      if (event.type === 'finish') return event.reason !== 'cancelled';
    }
    return false;
  } catch {
    // Whatever it was, the model does not answer; the engine has logged its own failure.
    return false;
  }
}

function findLoaded(states: ReadonlyMap<string, ModelState>): string | undefined {
  for (const [id, { state }] of states) if (state === 'loaded') return id;
  return undefined;
}

function isLoading(states: ReadonlyMap<string, ModelState>): boolean {
  return [...states.values()].some(({ state }) => state === 'loading');
}
