import type { LoadOptions, ModelRecord } from '#shared/domain/model.ts';
import type { RequestContext } from './generate-text.ts';
import type { ModelLibrary, ModelScheduler } from './ports.ts';

export interface LoadModelRequest {
  /** Absent means the default model. */
  model?: string | undefined;
  /** Absent fields are the user's choice for the model. */
  loadOptions?: LoadOptions | undefined;
  /** As in a generation. */
  minimumContextSize?: number | undefined;
  keepAliveMs?: number | undefined;
}

interface Rooms {
  library: Pick<ModelLibrary, 'require' | 'resolve' | 'modelSettings'>;
  scheduler: Pick<ModelScheduler, 'load' | 'unload'>;
}

export async function loadModel(
  { library, scheduler }: Rooms,
  { model: name, loadOptions, minimumContextSize, keepAliveMs }: LoadModelRequest,
  { signal }: RequestContext,
): Promise<ModelRecord> {
  const model = library.resolve(name);
  await scheduler.load({
    model,
    loadOptions: { ...library.modelSettings(model.id).load, ...loadOptions },
    ...(minimumContextSize === undefined ? {} : { minimumContextSize }),
    ...(keepAliveMs === undefined ? {} : { keepAliveMs }),
    signal,
  });
  return model;
}

/** At once when nothing runs on it; else it goes with the last request. */
export async function unloadModel({ library, scheduler }: Rooms, name: string | undefined): Promise<ModelRecord> {
  const model = name === undefined ? library.resolve(name) : library.require(name);
  await scheduler.unload(model.id, { whenIdle: true });
  return model;
}
