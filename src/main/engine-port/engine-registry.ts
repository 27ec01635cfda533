import { AppError } from '#shared/errors/app-error.ts';
import type { ModelRecord } from '#shared/domain/model.ts';
import type { Engine } from './engine.ts';

/** The first engine of the list that can load the model. Throws `model-format-unsupported` with each one's reason. */
export function requireEngineFor(engines: readonly Engine[], model: ModelRecord): Engine {
  const reasons: string[] = [];
  for (const engine of engines) {
    const verdict = engine.canLoad(model);
    if (verdict.canLoad) return engine;
    reasons.push(`${engine.id}: ${verdict.reason}`);
  }
  throw new AppError('model-format-unsupported', `No engine can load ${model.id}. ${reasons.join(' ')}`);
}
