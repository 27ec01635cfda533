import type { modelCommands, modelSignals } from '#shared/control/contracts/models.contract.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { SettingsStore } from '../../../storage/index.ts';
import type { TopicHandlers } from '../control-handlers.ts';
import type { Generation, ModelLibrary, ModelMemory, PassportControl } from '../ports.ts';

export interface ModelHandlerPorts {
  library: ModelLibrary;
  scheduler: ModelMemory;
  inference: Generation;
  settings: SettingsStore;
  passports: PassportControl;
}

export function modelHandlers(
  ports: ModelHandlerPorts,
): TopicHandlers<keyof typeof modelCommands, never, keyof typeof modelSignals> {
  const { library, scheduler, inference, settings, passports } = ports;
  return {
    commands: {
      'models.list': () => inference.listModels(),
      'models.show': ({ model: name }) => {
        const { id } = library.require(name);
        const passport = passports.find(id);
        const model = inference.listModels().find((each) => each.id === id);
        if (!model) throw new AppError('model-not-found', `There is no model "${name}" any more.`);
        const isCurrent = passport !== null && passports.isCurrent(passport);
        return { model, settings: library.modelSettings(id), passport, isPassportCurrent: isCurrent };
      },
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
      'models.release': async ({ model }) => {
        const { id, trust } = library.require(model);
        if (trust === 'quarantined') {
          library.setTrust(id, 'new');
          // What it is said to have failed with is forgotten; it is not in memory.
          await scheduler.unload(id, { force: false });
        }
        return inference.findModel(id);
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

/** The list shows catalog, memory, the default model and passports, so it changes with each of them. */
function onAnyChange({ library, scheduler, settings, passports }: ModelHandlerPorts, listener: () => void): () => void {
  const unsubscribes = [
    library.onChange(listener),
    scheduler.onChange(listener),
    settings.subscribe(listener),
    passports.onChange(listener),
  ];
  return () => {
    for (const unsubscribe of unsubscribes) unsubscribe();
  };
}
