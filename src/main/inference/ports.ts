import type { LoadOptions, ModelRecord } from '#shared/domain/model.ts';
import type { Scheduler } from '../scheduler/index.ts';
import type { PartialSampling } from './generation-defaults.ts';

/** What the user settled for one model (`models.d/<id>.json`). */
export interface ModelOverrides {
  load?: LoadOptions | undefined;
  sampling?: PartialSampling | undefined;
}

/** The part of the library that answering requests needs. */
export interface ModelLibrary {
  list(): ModelRecord[];
  /** Undefined means the default model. Throws `model-not-found`, `no-default-model`, `model-file-missing`. */
  resolve(name: string | undefined): ModelRecord;
  modelSettings(id: string): ModelOverrides;
}

/** The part of the scheduler that answering requests needs. */
export type ModelScheduler = Pick<Scheduler, 'acquire' | 'states' | 'peek'>;
