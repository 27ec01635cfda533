import type { modelCommands, modelSignals } from '#shared/control/contracts/models.contract.ts';
import type { ModelRecord, ModelSummary } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { SettingsStore } from '../../../storage/index.ts';
import type { TopicHandlers } from '../control-handlers.ts';
import type { Generation, ModelLibrary, ModelMemory } from '../ports.ts';

export interface ModelHandlerPorts {
  library: ModelLibrary;
  scheduler: ModelMemory;
  inference: Generation;
  settings: SettingsStore;
}

export function modelHandlers(
  ports: ModelHandlerPorts,
): TopicHandlers<keyof typeof modelCommands, never, keyof typeof modelSignals> {
  const { library, scheduler, inference, settings } = ports;
  return {
    commands: {
      'models.list': () => inference.listModels(),
      'models.load': async ({ model, options = {} }) => {
        const record = library.resolve(model);
        await scheduler.load({ model: record, loadOptions: options, signal: new AbortController().signal });
        return requireSummary(inference, record);
      },
      'models.unload': async ({ model }) => {
        await scheduler.unload(library.resolve(model).id);
        return {};
      },
      'models.setDefault': async ({ model }) => {
        await settings.update({ defaultModel: model === null ? null : library.resolve(model).id });
        return {};
      },
      'models.import': async ({ path }) => {
        const record = await library.import(path, { signal: new AbortController().signal });
        return requireSummary(inference, record);
      },
      'models.forget': async ({ model }) => {
        await library.forget(library.resolve(model).id);
        return {};
      },
    },
    channels: {},
    signals: {
      'models.changed': {
        read: () => inference.listModels(),
        onChange: (listener) => onAnyChange(ports, listener),
      },
    },
  };
}

function requireSummary(inference: Generation, { id }: ModelRecord): ModelSummary {
  const summary = inference.listModels().find((model) => model.id === id);
  if (summary) return summary;
  throw new AppError('model-not-found', `The model ${id} was removed from the library in the meantime.`);
}

/** The list shows catalog, memory and the default model, so it changes with each of them. */
function onAnyChange({ library, scheduler, settings }: ModelHandlerPorts, listener: () => void): () => void {
  const unsubscribes = [library.onChange(listener), scheduler.onChange(listener), settings.subscribe(listener)];
  return () => {
    for (const unsubscribe of unsubscribes) unsubscribe();
  };
}
