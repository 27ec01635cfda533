import type { modelCommands, modelSignals } from '#shared/control/contracts/models.contract.ts';
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
        const loadOptions = { ...library.modelSettings(record.id).load, ...options };
        await scheduler.load({ model: record, loadOptions, signal: untilDone() });
        return inference.findModel(record.id);
      },
      'models.unload': async ({ model, force = false }) => {
        await scheduler.unload(library.require(model).id, { force });
        return {};
      },
      'models.setDefault': async ({ model }) => {
        await settings.update({ defaultModel: model === null ? null : library.require(model).id });
        return {};
      },
      'models.import': async ({ path }) => {
        const { id } = await library.import(path, { signal: untilDone() });
        return inference.findModel(id);
      },
      'models.forget': async ({ model }) => {
        await library.forget(library.require(model).id);
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

/** A command goes on when the one who asked has left: the next look at the list shows what came of it. */
function untilDone(): AbortSignal {
  return new AbortController().signal;
}

/** The list shows catalog, memory and the default model, so it changes with each of them. */
function onAnyChange({ library, scheduler, settings }: ModelHandlerPorts, listener: () => void): () => void {
  const unsubscribes = [library.onChange(listener), scheduler.onChange(listener), settings.subscribe(listener)];
  return () => {
    for (const unsubscribe of unsubscribes) unsubscribe();
  };
}
